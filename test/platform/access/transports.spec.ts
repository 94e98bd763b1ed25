import { Controller, Module, UseFilters, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { GraphQLModule, ResolveField, Resolver } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { FastifyRequest } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AccessPolicies } from '../../../src/platform/access/access-policy.js';
import { Authenticated, Public, Scopes } from '../../../src/platform/access/access.decorators.js';
import { Unauthenticated } from '../../../src/platform/access/access.errors.js';
import { AuthenticationGuard } from '../../../src/platform/access/authentication.guard.js';
import { KnownPrincipals } from '../../../src/platform/access/known-principals.js';
import { GENERAL_LIMITS } from '../../../src/platform/access/limits.js';
import type { Principal } from '../../../src/platform/access/principal.js';
import { ProtectedResources } from '../../../src/platform/access/protected-resources.js';
import { Strategies } from '../../../src/platform/access/strategies.js';
import { ProblemFilter } from '../../../src/platform/http/problem.filter.js';
import { GeneralLimits } from '../../../src/platform/limits/general-limits.js';
import { GraphqlNotesModule, Note, NotesResolver } from '../../whole/docs/extending/notes.resolver.js';
import { LiveNotesModule, NotesGateway } from '../../whole/docs/extending/notes.gateway.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, MINUTE } from '../../support/clock.js';
import { LEAKS } from '../../support/problem.js';
import { SocketClient } from '../../support/socket-client.js';

const configure = (nest: TestApp['nest']) => void nest.useWebSocketAdapter(new WsAdapter(nest));

@WebSocketGateway({ path: '/v1/failing' })
@UseFilters(ProblemFilter)
class FailingGateway {
  @SubscribeMessage('fail')
  @Public()
  fail(): never {
    throw new Error('SELECT secret FROM somewhere');
  }

  @SubscribeMessage('not-opened')
  @Scopes('notes:read')
  notOpened(): string {
    return 'nobody told Sockets of this socket';
  }
}

@Module({ providers: [FailingGateway] })
class FailingModule {}

describe('the guards on other transports', () => {
  let app: TestApp;
  let reader: SignedIn;
  let stranger: SignedIn;
  const sockets: SocketClient[] = [];

  const open = async (headers: Record<string, string> = {}, path = '/v1/live') => {
    const socket = await SocketClient.open(app.url + path, headers);
    sockets.push(socket);
    return socket;
  };
  const graphql = (who: Pick<SignedIn, 'post'>, query: string) => who.post('/graphql', { query });

  beforeAll(async () => {
    app = await startApp({ modules: [LiveNotesModule, GraphqlNotesModule, FailingModule], configure });
    reader = await app.as.holderOf('notes:read');
    stranger = await app.as.member();
  });
  afterEach(async () => {
    clock.release();
    await Promise.all(sockets.splice(0).map((each) => each.close()));
  });
  afterAll(() => app.close());

  describe('a gateway', () => {
    it('lets in every caller who may, as who they are', async () => {
      const socket = await open(reader.headers);
      expect(await socket.ask('notes')).toEqual({ event: 'notes', data: { notesOf: reader.id } });
    });

    it('refuses an anonymous caller, and a forged token, on every message, and lives on', async () => {
      const nobody = await open();
      for (const event of ['notes', 'remove', 'notes'])
        expect((await nobody.ask(event, { id: '1' })).data).toMatchObject({
          code: 'unauthenticated',
          pattern: event,
        });
      const forged = await open({ authorization: `${reader.headers['authorization']}x` });
      expect(await forged.ask('notes')).toMatchObject({
        event: 'exception',
        data: { status: 401, code: 'invalid_token' },
      });
      expect(await (await open(reader.headers)).ask('notes')).toMatchObject({ event: 'notes' });
    });

    it('refuses a missing scope by its name, and takes it from the handler before the class', async () => {
      const withoutRead = await open(stranger.headers);
      expect((await withoutRead.ask('notes')).data).toMatchObject({
        code: 'insufficient_scope',
        status: 403,
      });
      const withoutWrite = await open(reader.headers);
      expect((await withoutWrite.ask('remove', { id: '1' })).data.detail).toContain('notes:write');
    });

    it('says who acts and from where', async () => {
      const writer = await app.as.holderOf('notes:write');
      const { data } = await (await open(writer.headers)).ask('remove', { id: '7' });
      expect(data).toEqual({ id: '7', by: writer.id, from: '127.0.0.1' });
    });

    it('checks what messages hold', async () => {
      const writer = await open((await app.as.holderOf('notes:write')).headers);
      const wrong = await writer.ask('remove', { id: 7, roles: ['admin'] });
      expect(wrong.data).toMatchObject({
        code: 'validation_failed',
        errors: [{ field: 'roles' }, { field: 'id' }],
      });
      expect((await writer.ask('remove', ['7'])).data.code).toBe('malformed_request');
    });

    it('refuses the next message of an open socket once the session is revoked, and tells it nothing more', async () => {
      const member = await app.as.holderOf('notes:read');
      const socket = await open(member.headers);
      expect((await socket.ask('notes')).event).toBe('notes');
      app.nest.get(NotesGateway).tellAll({ text: 'one' });
      expect(await socket.next()).toEqual({ event: 'note', data: { text: 'one' } });

      await member.post('/v1/auth/logout');
      app.nest.get(NotesGateway).tellAll({ text: 'two' });
      expect((await socket.ask('notes')).data.code).toBe('invalid_token');
      expect(socket.unread).toEqual([]);
    });

    it('refuses the next message once the token has expired, and goes on with a fresh one', async () => {
      const member = await app.as.holderOf('notes:read');
      clock.stop();
      const socket = await open(member.headers);
      expect((await socket.ask('notes')).event).toBe('notes');
      clock.forward(16 * MINUTE);
      expect((await socket.ask('notes')).data.code).toBe('invalid_token');

      const { access_token: accessToken } = (await member.refreshed()).tokens;
      await socket.ask('authenticate', { accessToken });
      expect(await socket.ask('notes')).toMatchObject({ data: { notesOf: member.id } });
    });

    it('goes by the token that was sent last, and by nothing of the one before', async () => {
      const socket = await open(reader.headers);
      expect((await socket.ask('notes')).event).toBe('notes');
      await socket.ask('authenticate', { accessToken: stranger.tokens.access_token });
      expect((await socket.ask('notes')).data.code).toBe('insufficient_scope');
      await socket.ask('authenticate', { accessToken: 'nonsense' });
      expect((await socket.ask('notes')).data.code).toBe('invalid_token');
    });

    it('takes cookies from pages of its own origin only', async () => {
      const cookie = `gatehouse_access=${reader.tokens.access_token}`;
      const own = await open({ cookie, origin: 'http://localhost:3000' });
      expect((await own.ask('notes')).data).toEqual({ notesOf: reader.id });
      const other = await open({ cookie, origin: 'https://evil.example' });
      expect((await other.ask('notes')).data.code).toBe('cross_site_request');
    });

    it('takes no token from the URL', async () => {
      const socket = await open({}, `/v1/live?access_token=${reader.tokens.access_token}`);
      expect((await socket.ask('notes')).data.code).toBe('invalid_request');
    });

    it('refuses every user on a socket that the guards were not told of', async () => {
      const socket = await open(reader.headers, '/v1/failing');
      expect((await socket.ask('not-opened')).data.code).toBe('unauthenticated');
    });

    it('gives nothing away of a failure, which the log has', async () => {
      const { event, data } = await (await open({}, '/v1/failing')).ask('fail');
      expect({ event, code: data.code }).toEqual({ event: 'exception', code: 'internal_error' });
      expect(JSON.stringify(data)).not.toMatch(LEAKS);
      expect(app.log.some((line) => line.includes(data.instance) && line.includes('SELECT secret'))).toBe(
        true,
      );
    });
  });

  describe('a resolver', () => {
    it('lets in every caller who may, as who they are', async () => {
      const { body } = await graphql(reader, '{ notes { id owner } }');
      expect(body).toEqual({ data: { notes: [{ id: '1', owner: reader.id }] } });
    });

    it('refuses an anonymous caller with the code of the problem, and answers what is public next to it', async () => {
      const { status, body, text } = await graphql(app.as.anonymous(), '{ notes { id } }');
      expect({ status, data: body.data }, text).toEqual({ status: 200, data: null });
      expect(body.errors).toMatchObject([
        { extensions: { code: 'unauthenticated', status: 401 }, path: ['notes'] },
      ]);
      expect(text).not.toMatch(LEAKS);
      expect((await graphql(app.as.anonymous(), '{ about }')).body).toEqual({ data: { about: 'notes' } });
    });

    it('refuses a revoked token and a missing scope, in every field of a query', async () => {
      const mutation = 'mutation { a: removeNote(id: "1") { id } b: removeNote(id: "2") { id } }';
      const { body } = await graphql(reader, mutation);
      expect(body.data).toBeNull();
      expect(body.errors[0].extensions.code).toBe('insufficient_scope');
      const member = await app.as.holderOf('notes:read');
      await member.post('/v1/auth/logout');
      const after = await graphql(member, '{ a: notes { id } b: notes { id } }');
      expect(after.body.errors[0].extensions.code).toBe('invalid_token');
    });

    it('takes arguments that are no objects, and says who acts', async () => {
      const writer = await app.as.holderOf('notes:write');
      const { body } = await graphql(writer, 'mutation { removeNote(id: "7") { id owner } }');
      expect(body).toEqual({ data: { removeNote: { id: '7', owner: writer.id } } });
    });

    it('takes nothing that the query says for the request', async () => {
      const { body } = await app.as.anonymous().post('/graphql', {
        query: 'query ($req: String) { notes { id } about }',
        variables: { req: { user: { kind: 'user', id: reader.id, roles: [], scopes: ['notes:read'] } } },
      });
      expect(body.data).toBeFalsy();
    });
  });

  it('finds the scopes of messages and queries', async () => {
    const { body } = await (await app.as.admin()).get('/v1/scopes?limit=100');
    const routes = (name: string) => body.items.find((each: { name: string }) => each.name === name)?.routes;
    expect(routes('notes:read')).toEqual(
      expect.arrayContaining([
        { method: 'QUERY', path: 'notes' },
        { method: 'WS', path: 'notes' },
      ]),
    );
    // A feature of that name may have routes next to them.
    expect(routes('notes:write')).toEqual(
      expect.arrayContaining([
        { method: 'WS', path: 'remove' },
        { method: 'MUTATION', path: 'removeNote' },
      ]),
    );
  });
});

// With an application of its own, and no other next to it: Passport knows one strategy in a process.
it('the guards on other transports count messages and queries against what a principal may do at all', async () => {
  const modules = [LiveNotesModule, GraphqlNotesModule];
  const limited = await startApp({ modules, configure, env: { RATE_LIMIT: 'on' } });
  try {
    const member = await limited.as.holderOf('notes:read');
    const socket = await SocketClient.open(`${limited.url}/v1/live`, member.headers);
    const general = limited.nest.get(GeneralLimits);
    const left = GENERAL_LIMITS.principal.quota - 2;
    for (let n = 0; n < left; n++) general.admit({ id: member.id } as Principal, {} as FastifyRequest);
    expect((await socket.ask('notes')).event).toBe('notes');
    expect((await member.post('/graphql', { query: '{ notes { id } }' })).body.errors).toBeUndefined();
    expect((await socket.ask('notes')).data.code).toBe('too_many_requests');
    const { body } = await member.post('/graphql', { query: '{ notes { id } }' });
    expect(body.errors[0].extensions.code).toBe('too_many_requests');
  } finally {
    // Though a socket is open.
    await limited.close();
  }
});

describe('the start', () => {
  const outcome = async (provider: Type, graphqlModule: Type = GraphqlNotesModule) => {
    class Own {}
    Module({ providers: [provider] })(Own);
    return startApp({ modules: [Own, graphqlModule], configure }).then(
      (app) => app.close().then(() => 'it started'),
      (error: Error) => error.message,
    );
  };

  it('stops for a message that does not say who may send it', async () => {
    @WebSocketGateway({ path: '/v1/open' })
    @UseFilters(ProblemFilter)
    class OpenGateway {
      @SubscribeMessage('anything')
      anything() {}
    }
    expect(await outcome(OpenGateway)).toContain('OpenGateway.anything does not say who may call it');
  });

  it('stops for a gateway that would answer every refusal with "Internal server error"', async () => {
    @WebSocketGateway({ path: '/v1/mute' })
    @Scopes('notes:read')
    class MuteGateway {
      @SubscribeMessage('anything')
      anything() {}
    }
    expect(await outcome(MuteGateway)).toContain('MuteGateway does not say how failures are told');
  });

  it('stops for a message of a microservice that does not say who may send it, and the guards let no caller in', async () => {
    @Controller()
    class PatternController {
      @Authenticated()
      declared() {}

      undeclared() {}
    }
    const { declared, undeclared } = PatternController.prototype;
    Reflect.defineMetadata('microservices:pattern', ['sum'], declared);
    @Module({ controllers: [PatternController] })
    class PatternModule {}
    const app = await startApp({ modules: [PatternModule] });
    try {
      const guard = new AuthenticationGuard(
        app.nest.get(AccessPolicies),
        app.nest.get(KnownPrincipals),
        app.nest.get(Strategies),
        app.nest.get(ProtectedResources),
        app.nest.get(ModuleRef),
      );
      const call = new ExecutionContextHost(
        [{ user: 'forged' }, {}, { req: {} }],
        PatternController,
        declared,
      );
      call.setType('rpc');
      expect(() => guard.canActivate(call)).toThrow(Unauthenticated);
    } finally {
      await app.close();
    }

    Reflect.defineMetadata('microservices:pattern', ['difference'], undeclared);
    await expect(startApp({ modules: [PatternModule] })).rejects.toThrow(
      'PatternController.undeclared does not say who may call it',
    );
  });

  it('lets a field say who may read it where guards are asked, and stops where they are not', async () => {
    @Resolver(() => Note)
    class SecretResolver {
      @ResolveField(() => String)
      @Scopes('notes:secret')
      owner() {}
    }
    @Resolver(() => Note)
    @Scopes('notes:secret')
    class SecretsResolver {
      @ResolveField(() => String)
      owner() {}
    }
    @Resolver(() => Note)
    @Scopes('notes:secret')
    class OpenedResolver {
      @ResolveField(() => String)
      @Public()
      owner() {}
    }
    @Module({
      imports: [
        GraphQLModule.forRoot<MercuriusDriverConfig>({ driver: MercuriusDriver, autoSchemaFile: true }),
      ],
      providers: [NotesResolver],
    })
    class UnguardedFields {}
    expect(await outcome(SecretResolver)).toBe('it started');
    expect(await outcome(SecretResolver, UnguardedFields)).toContain(
      'SecretResolver.owner says who may read the field, and no guard asks it',
    );
    expect(await outcome(SecretsResolver, UnguardedFields)).toContain(
      'SecretsResolver.owner says who may read the field, and no guard asks it',
    );
    expect(await outcome(OpenedResolver, UnguardedFields)).toBe('it started');
  });
});
