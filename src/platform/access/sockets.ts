import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { Settings } from '../config/settings.js';
import { rememberRequest, requestOfSocket } from '../http/request-of.js';
import { timeOrderedId } from '../http/time-ordered-id.js';
import { KnownPrincipals } from './known-principals.js';
import type { Principal } from './principal.js';

/**
 * What the guards know of open sockets. A message is held against the token that its socket was opened with, each time
 * again: one that has expired or was revoked since is refused. A socket that this class was not told of is anonymous.
 */
@Injectable()
export class Sockets {
  constructor(
    private readonly settings: Settings,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** For a gateway's `handleConnection(socket, request)`; with Socket.IO, the request is `socket.request`. */
  opened(socket: object, { headers, url = '/', socket: { remoteAddress } }: IncomingMessage): void {
    const query = URL.canParse(url, 'ws://socket') ? new URL(url, 'ws://socket').searchParams : [];
    const request = {
      id: timeOrderedId(),
      method: 'GET',
      url,
      headers,
      query: Object.fromEntries(query),
      // Behind a proxy it would be the proxy's: better none, which keys that are bound to addresses do not pass.
      ip: this.settings.TRUST_PROXY[0] === 'off' ? remoteAddress : undefined,
    };
    rememberRequest(socket, request as unknown as FastifyRequest);
  }

  /** From now on the socket goes by this access token: after a refresh, or where the browser can send no header. */
  authenticate(socket: object, accessToken: string): void {
    const request = requestOfSocket(socket);
    if (!request) return;
    const headers = { ...request.headers, authorization: `Bearer ${accessToken}` };
    rememberRequest(socket, { ...request, headers, user: undefined } as FastifyRequest);
  }

  /**
   * Whose a socket is by now, before something is sent to it unasked; `undefined` once its token has expired, was revoked,
   * or was not seen for so long that it must be checked again, which its next message does.
   */
  principalOf(socket: object): Principal | undefined {
    const request = requestOfSocket(socket);
    try {
      return request && this.moduleRef.get(KnownPrincipals, { strict: false }).recognise(request);
    } catch {
      return undefined;
    }
  }
}
