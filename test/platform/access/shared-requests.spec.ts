import { Injectable, Module, UseFilters, UseInterceptors, type NestInterceptor } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { IncomingMessage } from 'node:http';
import passport from 'passport';
import { defer, from, switchMap } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  Authenticated,
  AuthenticatedBy,
  CurrentActor,
  CurrentPrincipal,
  Public,
  Scopes,
} from '../../../src/platform/access/access.decorators.js';
import type { Actor } from '../../../src/platform/access/actor.js';
import { clientPrincipal, type Principal } from '../../../src/platform/access/principal.js';
import { Sockets } from '../../../src/platform/access/sockets.js';
import { ProblemFilter } from '../../../src/platform/http/problem.filter.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { deferred } from '../../support/deferred.js';
import { SocketClient } from '../../support/socket-client.js';

/** Calls that are held have passed the guards, and have not been told yet who they are. */
let held = deferred();
let release = deferred();

@Injectable()
class Held implements NestInterceptor {
  intercept(_: unknown, next: Parameters<NestInterceptor['intercept']>[1]) {
    return defer(() => {
      held.resolve();
      return from(release.promise);
    }).pipe(switchMap(() => next.handle()));
  }
}

@Injectable()
class KeyStrategy extends PassportStrategy(passport.Strategy, 'thekey') {
  override authenticate({ headers }: { headers: Record<string, unknown> }): void {
    if (headers['x-key'] === 'right') this.success(clientPrincipal('partner', ['orders:write']));
    else this.fail();
  }
  validate(): void {}
}

const tell = (principal: Principal | undefined, actor: Actor) =>
  [principal, actor.principal].map((each) => (each ? `${each.kind}:${each.id}` : 'nobody')).join();

@Resolver()
class CallersResolver {
  @Query(() => String)
  @Scopes('notes:read')
  byToken(@CurrentPrincipal() principal: Principal, @CurrentActor() actor: Actor) {
    release.resolve();
    return tell(principal, actor);
  }

  @Query(() => String)
  @UseInterceptors(Held)
  @Scopes('notes:read')
  byTokenHeld(@CurrentPrincipal() principal: Principal, @CurrentActor() actor: Actor) {
    return tell(principal, actor);
  }

  @Query(() => String)
  @AuthenticatedBy('thekey')
  @Scopes('orders:write')
  byKey(@CurrentPrincipal() principal: Principal, @CurrentActor() actor: Actor) {
    release.resolve();
    return tell(principal, actor);
  }

  @Query(() => String)
  @UseInterceptors(Held)
  @AuthenticatedBy('thekey')
  @Scopes('orders:write')
  byKeyHeld(@CurrentPrincipal() principal: Principal, @CurrentActor() actor: Actor) {
    return tell(principal, actor);
  }

  @Query(() => String)
  @UseInterceptors(Held)
  @Public()
  openlyHeld(@CurrentPrincipal() principal: Principal | undefined, @CurrentActor() actor: Actor) {
    return tell(principal, actor);
  }
}

@WebSocketGateway({ path: '/v1/callers' })
@UseFilters(ProblemFilter)
class CallersGateway {
  constructor(private readonly sockets: Sockets) {}

  handleConnection(socket: object, request: IncomingMessage): void {
    this.sockets.opened(socket, request);
    sockets.push(socket);
  }

  @SubscribeMessage('token')
  @Authenticated()
  byToken(@CurrentPrincipal() principal: Principal, @CurrentActor() actor: Actor) {
    return { event: 'token', data: tell(principal, actor) };
  }

  @SubscribeMessage('held')
  @UseInterceptors(Held)
  @Scopes('notes:read')
  byTokenHeld(@CurrentPrincipal() principal: Principal, @CurrentActor() actor: Actor) {
    return { event: 'held', data: tell(principal, actor) };
  }

  @SubscribeMessage('key')
  @AuthenticatedBy('thekey')
  @Scopes('orders:write')
  byKey(@CurrentPrincipal() principal: Principal, @CurrentActor() actor: Actor) {
    return { event: 'key', data: tell(principal, actor) };
  }

  @SubscribeMessage('open')
  @Public()
  openly(@CurrentPrincipal() principal: Principal | undefined, @CurrentActor() actor: Actor) {
    return { event: 'open', data: tell(principal, actor) };
  }

  @SubscribeMessage('bare')
  @Authenticated()
  bare(_socket: object, data: unknown) {
    return { event: 'bare', data };
  }
}

/** As the gateway knows them. */
const sockets: object[] = [];

@Module({
  imports: [
    GraphQLModule.forRoot<MercuriusDriverConfig>({
      driver: MercuriusDriver,
      path: '/graphql',
      autoSchemaFile: true,
    }),
  ],
  providers: [KeyStrategy, CallersResolver, CallersGateway],
})
class CallersModule {}

describe('calls that share one request', () => {
  let app: TestApp;
  let reader: SignedIn;
  let stranger: SignedIn;
  let asReader: string;
  const asPartner = 'client:partner,client:partner';
  const asNobody = 'nobody,nobody';

  beforeAll(async () => {
    const configure = (nest: TestApp['nest']) => void nest.useWebSocketAdapter(new WsAdapter(nest));
    app = await startApp({ modules: [CallersModule], configure });
    stranger = await app.as.member();
  });
  beforeEach(async () => {
    [held, release] = [deferred(), deferred()];
    // Whose token has not been seen before.
    reader = await app.as.holderOf('notes:read');
    asReader = `user:${reader.id},user:${reader.id}`;
  });
  afterAll(() => app.close());

  describe('the fields of a query', () => {
    const ask = (fields: string, key = 'right') =>
      reader.with({ 'x-key': key }).post('/graphql', { query: `{ ${fields} }` });

    it.each([
      ['byTokenHeld byKey', () => ({ byTokenHeld: asReader, byKey: asPartner })],
      ['byKey byTokenHeld', () => ({ byTokenHeld: asReader, byKey: asPartner })],
      ['byKeyHeld byToken', () => ({ byKeyHeld: asPartner, byToken: asReader })],
      ['byToken byKeyHeld', () => ({ byKeyHeld: asPartner, byToken: asReader })],
      ['openlyHeld byToken', () => ({ openlyHeld: asNobody, byToken: asReader })],
      ['byKey openlyHeld', () => ({ openlyHeld: asNobody, byKey: asPartner })],
    ])('each run as the caller they have let in: %s', async (fields, expected) => {
      expect((await ask(fields)).body).toEqual({ data: expected() });
    });

    it('each refuse the caller they do not let in, though another has let a user in', async () => {
      const { body } = await ask('byToken byKey', 'wrong');
      expect(body.errors).toMatchObject([{ path: ['byKey'], extensions: { code: 'unauthenticated' } }]);
      const both = await stranger.with({ 'x-key': 'right' }).post('/graphql', { query: '{ byKey byToken }' });
      expect(both.body.errors).toMatchObject([
        { path: ['byToken'], extensions: { code: 'insufficient_scope' } },
      ]);
    });
  });

  describe('the messages of a socket', () => {
    let socket: SocketClient;
    beforeEach(async () => {
      socket = await SocketClient.open(`${app.url}/v1/callers`, { ...reader.headers, 'x-key': 'right' });
    });
    afterEach(() => socket.close());

    it('each run as the caller they have let in, also while another is underway', async () => {
      socket.send('held');
      await held.promise;
      expect((await socket.ask('key')).data).toBe(asPartner);
      release.resolve();
      expect(await socket.next()).toEqual({ event: 'held', data: asReader });
      expect((await socket.ask('key')).data).toBe(asPartner);
    });

    it('go on as who they were let in as when the socket changes hands in between', async () => {
      socket.send('held');
      await held.promise;
      app.nest.get(Sockets).authenticate(sockets.at(-1)!, stranger.tokens.access_token);
      expect((await socket.ask('token')).data).toBe(`user:${stranger.id},user:${stranger.id}`);
      release.resolve();
      expect(await socket.next()).toEqual({ event: 'held', data: asReader });
      expect((await socket.ask('held')).data.code).toBe('insufficient_scope');
    });

    it('are no caller’s when they are public, no matter who was let in before', async () => {
      expect((await socket.ask('token')).data).toBe(asReader);
      expect((await socket.ask('open')).data).toBe(asNobody);
    });

    it.each([['text'], [7], [null], [{ user: { kind: 'user', id: 'x' } }], [undefined]])(
      'say nothing of who sends them: %j',
      async (data) => {
        expect((await socket.ask('token', data)).data).toBe(asReader);
      },
    );

    it('reach handlers without decorators as Nest has it', async () => {
      expect((await socket.ask('bare', { n: 1 })).data).toEqual({ n: 1 });
    });
  });
});
