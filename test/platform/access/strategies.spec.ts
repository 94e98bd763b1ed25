import { Controller, ForbiddenException, Get, Injectable, Module, type Type } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Authenticated,
  AuthenticatedBy,
  CurrentPrincipal,
  Public,
  Roles,
  Scopes,
  SessionOnly,
  StepUp,
} from '../../../src/platform/access/access.decorators.js';
import { KnownPrincipals } from '../../../src/platform/access/known-principals.js';
import { clientPrincipal, type Principal } from '../../../src/platform/access/principal.js';
import { accessMatrix, RouteRegistry } from '../../../src/platform/access/route-registry.js';
import { TokensModule } from '../../../src/tokens/access-tokens/tokens.module.js';
import { startApp, type TestApp } from '../../support/app.js';
import { expectProblem } from '../../support/problem.js';

/** What the strategy gives, for each spec to say. */
let given: unknown;

@Injectable()
class BadgeStrategy extends PassportStrategy(passport.Strategy, 'badge') {
  override authenticate({ headers }: { headers: Record<string, unknown> }): void {
    const acts: Record<string, () => unknown> = {
      good: () => this.success(given as object),
      broken: () => this.error(new Error('the reader of badges is broken')),
      unknown: () => this.error(Object.assign(new Error('no such page'), { statusCode: 404 })),
      vague: () => this.error(undefined),
      barred: () => this.error(new ForbiddenException()),
      rejecting: () => Promise.reject(new Error('the reader of badges is gone')),
      redirecting: () => this.redirect('https://badges.example/login'),
      'redirecting later': () => setImmediate(() => this.redirect('https://badges.example/login')),
      passing: () => this.pass(),
      silent: () => undefined,
    };
    return (acts[String(headers['badge'])] ?? (() => this.fail(401)))() as void;
  }

  validate(): void {}
}

@Controller('v1/gates')
@AuthenticatedBy('badge')
class GatesController {
  @Get('any')
  @Authenticated()
  any(@CurrentPrincipal() { kind, id }: Principal) {
    return { kind, id };
  }

  @Get('scoped')
  @Scopes('gates:open')
  scoped() {
    return { isOpen: true };
  }

  @Get('role')
  @Roles('porter')
  role() {}

  @Get('session')
  @SessionOnly()
  @Authenticated()
  session() {}

  @Get('fresh')
  @StepUp({ maxAge: '5m' })
  @Authenticated()
  fresh() {}

  @Get('public')
  @Public()
  open() {
    return { open: true };
  }

  @Get('people')
  @AuthenticatedBy('jwt')
  @Authenticated()
  people(@CurrentPrincipal() { kind, id }: Principal) {
    return { kind, id };
  }
}

@Module({ controllers: [GatesController], providers: [BadgeStrategy] })
class GatesModule {}

describe('a route that authenticates by another strategy', () => {
  let app: TestApp;
  const bearer = (badge: string) => app.as.anonymous().with({ badge });

  beforeAll(async () => {
    app = await startApp({ modules: [GatesModule] });
    given = clientPrincipal('gate-7', ['gates:open']);
  });
  afterAll(() => app.close());

  it('lets in the caller that the strategy lets in, as who it says', async () => {
    expect((await bearer('good').get('/v1/gates/any')).body).toEqual({ kind: 'client', id: 'gate-7' });
    expect((await bearer('good').get('/v1/gates/scoped')).body).toEqual({ isOpen: true });
  });

  it('refuses all others, no matter what token they have', async () => {
    const admin = await app.as.admin();
    for (const who of [app.as.anonymous(), bearer('bad'), admin, admin.with({ badge: 'bad' })]) {
      const answer = await who.get('/v1/gates/any');
      expectProblem(answer, 401, 'unauthenticated');
      expect(answer.headers.get('www-authenticate')).toBe('badge');
    }
  });

  it('holds them against roles, scopes and what else the route says', async () => {
    const code = async (path: string) => (await bearer('good').get(`/v1/gates/${path}`)).body.code;
    expect(await code('role')).toBe('insufficient_role');
    expect(await code('session')).toBe('session_required');
    expect(await code('fresh')).toBe('insufficient_user_authentication');
    given = clientPrincipal('gate-7', []);
    expect(await code('scoped')).toBe('insufficient_scope');
    given = clientPrincipal('gate-7', ['gates:open']);
  });

  it('opens no other route', async () => {
    const routes = app.nest
      .get(RouteRegistry)
      .routes.filter(({ policy }) => !policy.isPublic && !policy.strategy && !policy.isClientAuthenticated);
    expect(routes.length).toBeGreaterThan(50);
    for (const { method, path } of routes) {
      const answer = await bearer('good').send(method, path.replaceAll(/:\w+/g, 'x'));
      // OAuth's endpoints have no name for nobody (RFC 6750 §3.1).
      const { code = answer.body.error && 'unauthenticated' } = answer.body;
      expect([answer.status, code], `${method} ${path}`).toEqual([401, 'unauthenticated']);
    }
  });

  it('leaves a handler that says so to access tokens', async () => {
    const member = await app.as.member();
    const people = await member.with({ badge: 'good' }).get('/v1/gates/people');
    expect(people.body).toEqual({ kind: 'user', id: member.id });
    expect((await app.as.anonymous().get('/v1/gates/public')).body).toEqual({ open: true });
  });

  it.each([
    ['no object', 'yes'],
    ['no roles and scopes', { kind: 'user', id: 'x' }],
    ['another kind', { ...clientPrincipal('x', []), kind: 'god' }],
    ['an id that is none', { ...clientPrincipal('x', []), id: 7 }],
    ['somebody who has expired', { ...clientPrincipal('x', []), expiresAt: new Date(0) }],
  ])('lets no caller in when the strategy gives %s', async (_, wrong) => {
    given = wrong;
    const answer = await bearer('good').get('/v1/gates/any');
    given = clientPrincipal('gate-7', ['gates:open']);
    expectProblem(answer, 500, 'internal_error');
  });

  it.each(['broken', 'unknown', 'vague', 'rejecting'])(
    'lets no caller in when the strategy fails: %s',
    async (badge) => {
      expectProblem(await bearer(badge).get('/v1/gates/any'), 500, 'internal_error');
    },
  );

  it('answers with the status that the strategy itself throws', async () => {
    expect((await bearer('barred').get('/v1/gates/any')).status).toBe(403);
  });

  it.each(['redirecting', 'redirecting later', 'passing'])(
    'refuses %s, and sends no caller away',
    async (badge) => {
      const answer = await bearer(badge).get('/v1/gates/any');
      expectProblem(answer, 401, 'unauthenticated');
      expect(answer.headers.get('location')).toBeNull();
      expect((await bearer('good').get('/v1/gates/any')).status).toBe(200);
    },
  );

  it('does not wait for ever for a strategy that does not answer', async () => {
    const answer = await bearer('silent').get('/v1/gates/any');
    expectProblem(answer, 503, 'strategy_unavailable');
    expect(app.log.join()).toContain('the strategy badge did not answer in time');
  });

  it('says so in the access matrix and in an inspection', async () => {
    const line = accessMatrix(app.nest.get(RouteRegistry).routes)
      .split('\n')
      .find((each) => each.includes('/v1/gates/scoped'));
    expect(line).toContain('scopes: gates:open, by: badge');
    const admin = await app.as.admin();
    const { body } = await admin.post('/v1/tokens/inspect', {
      token: admin.tokens.access_token,
      route: { method: 'GET', path: '/v1/gates/any' },
    });
    expect(JSON.stringify(body)).toContain('it takes no token of ours');
  });
});

describe('the start', () => {
  const outcome = (controllers: Type[], providers: Type[] = []) => {
    class Own {}
    Module({ imports: [TokensModule], controllers, providers })(Own);
    return startApp({ modules: [Own] }).then(
      (app) => app.close().then(() => 'it started'),
      (error: Error) => error.message,
    );
  };

  it('stops for a strategy that is not provided', async () => {
    @Controller('v1/lost')
    @Authenticated()
    class LostController {
      @Get()
      @AuthenticatedBy('nobody-provides-this')
      lost() {}
    }
    expect(await outcome([LostController])).toContain(
      'LostController.lost authenticates by nobody-provides-this, which nobody provides',
    );
  });

  it('stops when another strategy takes the name that access tokens go by', async () => {
    @Injectable()
    class UsurperStrategy extends PassportStrategy(passport.Strategy, 'jwt') {
      // Made after the one whose name it takes.
      constructor(readonly known: KnownPrincipals) {
        super();
      }
      override authenticate(): void {
        this.success(clientPrincipal('usurper', []));
      }
      validate(): void {}
    }
    expect(await outcome([], [UsurperStrategy])).toContain('has taken the name jwt');
  });

  it('stops for a route that says nothing but the strategy, or public next to it', async () => {
    @Controller('v1/half')
    class HalfController {
      @Get('a')
      @AuthenticatedBy('badge')
      only() {}

      @Get('b')
      @Public()
      @AuthenticatedBy('badge')
      both() {}
    }
    const said = await outcome([HalfController], [BadgeStrategy]);
    expect(said).toContain('HalfController.only does not say');
    expect(said).toContain('HalfController.both does not say');
  });
});
