import { All, Controller, Get, Module } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Roles } from '../../../src/platform/access/access.decorators.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, MINUTE } from '../../support/clock.js';
import { expectProblem } from '../../support/problem.js';
import { forged } from '../../support/signing-keys.js';

/** What is said of a route, for a token of the client's own unless another is given. */
async function verdict(
  client: SignedIn,
  method: string,
  path: string,
  token = client.tokens.access_token,
): Promise<any> {
  return (await client.post('/v1/tokens/inspect', { token, route: { method, path } })).body.route;
}

describe('POST /v1/tokens/inspect', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterEach(() => clock.release());
  afterAll(() => app.close());

  describe('says of a route', () => {
    it('that it would let the token in, and which decorator says so', async () => {
      const member = await app.as.member();
      expect(await verdict(member, 'GET', '/v1/me')).toEqual({
        handler: 'MeController.get',
        isLetIn: true,
        decidedBy: "@Scopes('account:read')",
      });
      expect(await verdict(member, 'GET', '/v1/auth/whoami')).toEqual({
        handler: 'AuthController.whoami',
        isLetIn: true,
        decidedBy: '@Authenticated(), @FirstPartyOnly()',
      });
    });

    it('that it would refuse it, and which decorator says so', async () => {
      const member = await app.as.member();
      for (const [method, path, scope] of [
        ['GET', '/v1/users', 'users:read'],
        ['DELETE', '/v1/keys/some-key', 'keys:write'],
        ['PUT', `/v1/users/${member.id}/roles`, 'roles:assign'],
      ] as const) {
        const { isLetIn, decidedBy } = await verdict(member, method, path);
        expect({ path, isLetIn, decidedBy }).toEqual({
          path,
          isLetIn: false,
          decidedBy: `@Scopes('${scope}'): insufficient_scope`,
        });
        const real = await member.send(method, path, method === 'PUT' ? { roles: [] } : undefined);
        expectProblem(real, 403, 'insufficient_scope');
      }
    });

    it('that a sign-in is too long ago, though the scope is there', async () => {
      clock.stop();
      const admin = await app.as.admin();
      clock.forward(6 * MINUTE);
      const caller = await admin.refreshed();
      expect(await verdict(caller, 'POST', '/v1/keys/rotate')).toMatchObject({
        isLetIn: false,
        decidedBy: "@StepUp({ maxAge: '300s' }): insufficient_user_authentication",
      });
    });

    it.each([
      ['GET', '/v1/me?fields=name'],
      ['HEAD', '/v1/me'],
      ['GET', '/v1/%6de'],
    ])('as the router sees it: %s %s', async (method, path) => {
      const member = await app.as.member();
      expect(await verdict(member, method, path)).toMatchObject({
        handler: 'MeController.get',
        isLetIn: true,
      });
      expect((await member.send(method, path)).status).toBe(200);
    });

    it.each(['/docs', '/openapi.json'])(
      'that any caller may call %s, which no controller serves',
      async (path) => {
        const member = await app.as.member();
        expect(await verdict(member, 'GET', path)).toEqual({
          handler: null,
          isLetIn: true,
          decidedBy: 'no decorator: public',
        });
        expect((await app.as.anonymous().get(path)).status).toBe(200);
      },
    );

    it('that there is none', async () => {
      const member = await app.as.member();
      for (const [method, path] of [
        ['GET', '/v1/nothing'],
        ['PATCH', '/v1/auth/whoami'],
        ['GET', ''],
        ['GET', '/v1/users/'],
        ['GET', '/v1/users/%zz'],
        ['GET', '/v1/:x('],
        ['GET', '/v1/:x([)'],
        ['GET', '/*'],
        ['POST', '/docs'],
      ] as const) {
        expect(await verdict(member, method, path)).toEqual({
          handler: null,
          isLetIn: false,
          decidedBy: 'there is no such route',
        });
      }
    });

    it('that any caller may call it, even with a dead token', async () => {
      const member = await app.as.member();
      const dead = forged(app, member.tokens.access_token, { claims: { exp: 1 } });
      for (const token of [member.tokens.access_token, dead])
        expect(await verdict(member, 'GET', '/health/live', token)).toEqual({
          handler: 'HealthController.live',
          isLetIn: true,
          decidedBy: '@Public()',
        });
    });

    it('that a dead token opens no other', async () => {
      const member = await app.as.member();
      const dead = forged(app, member.tokens.access_token, { claims: { exp: 1 } });
      expect(await verdict(member, 'GET', '/v1/me', dead)).toEqual({
        handler: 'MeController.get',
        isLetIn: false,
        decidedBy: "@Scopes('account:read'): invalid_token",
      });
    });

    it('nothing when it is not asked properly', async () => {
      const member = await app.as.member();
      const { access_token: token } = member.tokens;
      for (const route of [
        {},
        { method: 'GET' },
        { method: 'TRACE', path: '/' },
        { method: 'GET', path: 1 },
        [],
        'GET /',
      ])
        expectProblem(await member.post('/v1/tokens/inspect', { token, route }), 400, 'validation_failed');
    });
  });
});

@Controller('v1/odd')
@Roles('admin')
class OddController {
  @All('any')
  any(): void {}

  @Get('files/*')
  files(): void {}

  @Get('papers/*')
  papers(): void {}

  @Get('papers/:name')
  @Roles('user')
  paper(): void {}

  @Get('papers/about')
  @Roles('user', 'admin')
  about(): void {}
}

@Module({ controllers: [OddController] })
class OddModule {}

describe('POST /v1/tokens/inspect of routes of any method or path', () => {
  let app: TestApp;

  beforeAll(async () => (app = await startApp({ modules: [OddModule] })));
  afterAll(() => app.close());

  it.each([
    ['GET', '/v1/odd/any', "@Roles('admin'): insufficient_role"],
    ['DELETE', '/v1/odd/any', "@Roles('admin'): insufficient_role"],
    ['GET', '/v1/odd/files/*', "@Roles('admin'): insufficient_role"],
    ['HEAD', '/v1/odd/files/a/b', "@Roles('admin'): insufficient_role"],
  ])('never says that a guarded one is public: %s %s', async (method, path, decidedBy) => {
    const member = await app.as.member();
    expect(await verdict(member, method, path)).toMatchObject({ isLetIn: false, decidedBy });
    expect((await member.send(method, path)).status).toBe(403);
  });

  it.each([
    ['/v1/odd/papers/about', 'OddController.about'],
    ['/v1/odd/papers/other', 'OddController.paper'],
    ['/v1/odd/papers/a/b', 'OddController.papers'],
  ])('prefers what the router prefers: %s', async (path, handler) => {
    const member = await app.as.member();
    const said = await verdict(member, 'GET', path);
    expect(said.handler).toBe(handler);
    expect((await member.get(path)).status).toBe(said.isLetIn ? 200 : 403);
  });
});
