import { Module, UseFilters } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  type OnGatewayConnection,
} from '@nestjs/websockets';
import { IsString, MaxLength } from 'class-validator';
import type { IncomingMessage } from 'node:http';
import type { WebSocket, WebSocketServer as Server } from 'ws';
import {
  CurrentActor,
  CurrentPrincipal,
  Public,
  Scopes,
} from '../../../../src/platform/access/access.decorators.js';
import type { Actor } from '../../../../src/platform/access/actor.js';
import type { Principal } from '../../../../src/platform/access/principal.js';
import { Sockets } from '../../../../src/platform/access/sockets.js';
import { ProblemFilter } from '../../../../src/platform/http/problem.filter.js';

export class Authenticate {
  @IsString()
  @MaxLength(8192)
  accessToken: string;
}

export class RemoveNote {
  @IsString()
  @MaxLength(36)
  id: string;
}

@WebSocketGateway({ path: '/v1/live', maxPayload: 65_536 })
@UseFilters(ProblemFilter)
@Scopes('notes:read')
export class NotesGateway implements OnGatewayConnection {
  @WebSocketServer()
  private readonly server: Server;

  constructor(private readonly sockets: Sockets) {}

  /** The guards go by the request that opened the socket; without this line no message gets past them. */
  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    this.sockets.opened(socket, request);
  }

  /** After a refresh, and for browsers, which can send no header with it. Later messages are to wait for the answer. */
  @SubscribeMessage('authenticate')
  @Public()
  authenticate(@ConnectedSocket() socket: WebSocket, @MessageBody() { accessToken }: Authenticate) {
    this.sockets.authenticate(socket, accessToken);
    return { event: 'authenticate', data: {} };
  }

  @SubscribeMessage('notes')
  list(@CurrentPrincipal() principal: Principal) {
    return { event: 'notes', data: { notesOf: principal.id } };
  }

  @SubscribeMessage('remove')
  @Scopes('notes:write')
  remove(@MessageBody() { id }: RemoveNote, @CurrentActor() { principal, ip }: Actor) {
    return { event: 'removed', data: { id, by: principal!.id, from: ip } };
  }

  /** Tells every socket that may read notes, at this moment and not only when they came. */
  tellAll(data: object): void {
    for (const socket of this.server.clients) {
      const mayRead = this.sockets.principalOf(socket)?.scopes.includes('notes:read');
      if (mayRead) socket.send(JSON.stringify({ event: 'note', data }));
    }
  }
}

@Module({ providers: [NotesGateway] })
export class LiveNotesModule {}
