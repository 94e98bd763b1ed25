import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Controller, Get, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { Authenticated, CurrentPrincipal } from '../../../src/platform/access/access.decorators.js';
import type { Principal } from '../../../src/platform/access/principal.js';
import { Problem } from '../../../src/platform/http/problem.js';
import { TokenClaimsService } from '../../../src/tokens/access-tokens/token-claims.service.js';
import { TokensModule } from '../../../src/tokens/access-tokens/tokens.module.js';
import { startApp, type TestApp } from '../../support/app.js';
import { PASSWORD } from '../../support/actors.js';
import type { SignedIn } from '../../support/client.js';
import { clock, MINUTE } from '../../support/clock.js';
import { deferred } from '../../support/deferred.js';
import { expectProblem } from '../../support/problem.js';
import { statementsDuring } from '../../support/statements.js';

declare module '../../../src/platform/access/principal.js' {
  interface TokenClaims {
    plan?: string;
    limits?: { seats: number };
  }
}

/** What the provider does, for each spec to say. */
let provide: () => any;

@Injectable()
class Plans implements OnModuleInit {
  constructor(private readonly claims: TokenClaimsService) {}

  onModuleInit(): void {
    this.claims.add(['plan', 'limits'], () => provide());
  }
}

@Controller('v1/plan')
@Authenticated()
class PlanController {
  @Get()
  plan(@CurrentPrincipal() { claims }: Principal) {
    return { claims: claims ?? null, isFrozen: Object.isFrozen(claims) && Object.isFrozen(claims?.limits) };
  }
}

@Module({ imports: [TokensModule], providers: [Plans], controllers: [PlanController] })
class PlansModule {}

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
const gold = () => ({ plan: 'gold', limits: { seats: 5 } });

describe('claims that modules add', () => {
  let app: TestApp;
  let ada: SignedIn;

  beforeAll(async () => {
    provide = gold;
    app = await startApp({ modules: [PlansModule] });
    ada = await app.as.member();
  });
  beforeEach(() => {
    provide = gold;
  });
  afterAll(() => app.close());

  const expectGold = (who: SignedIn) =>
    expect(claimsOf(who.tokens.access_token)).toMatchObject({ sub: who.id, ...gold() });

  it('are in the token of a sign-up, a login, a refresh and a step-up', async () => {
    const member = await app.as.member();
    expectGold(member);
    expectGold(await app.as.logIn(member.email));
    expectGold(await member.refreshed());
    const { body } = await member.post('/v1/auth/step-up', { password: PASSWORD });
    expect(claimsOf(body.access_token)).toMatchObject(gold());
  });

  it('are read again by a refresh', async () => {
    const member = await app.as.member();
    provide = async () => ({ plan: 'silver' });
    const claims = claimsOf((await member.refreshed()).tokens.access_token);
    expect(claims).toMatchObject({ plan: 'silver' });
    expect(claims).not.toHaveProperty('limits');
  });

  it('are the principal’s, from memory too, frozen and without a look into the database', async () => {
    const expected = { claims: gold(), isFrozen: true };
    const statements = await statementsDuring(app, async () => {
      for (let n = 0; n < 3; n++) expect((await ada.get('/v1/plan')).body).toEqual(expected);
    });
    expect(statements).toEqual([]);
  });

  it('are not an API key’s, whose rights are looked up live', async () => {
    const made = await ada.post('/v1/api-keys', { name: 'n', scopes: ['account:read'], expiresIn: '1d' });
    expect(made.status, made.text).toBe(201);
    expect(claimsOf(made.body.key)).not.toHaveProperty('plan');
    const { body } = await app.as.anonymous().get('/v1/plan', { authorization: `Bearer ${made.body.key}` });
    expect(body.claims).toBeNull();
  });

  describe.each([
    [
      'throws',
      () => {
        throw new Error('the directory is down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the directory is down'))],
    ['gives a name that is not its own', () => ({ plan: 'gold', roles: ['admin'] })],
    ['gives what takes more than a kilobyte', () => ({ plan: 'x'.repeat(1_024) })],
    [
      'gives a cycle',
      () => {
        const plan: any = {};
        plan.plan = plan;
        return plan;
      },
    ],
    ['gives no object', () => undefined],
  ])('when a provider %s', (_, fails) => {
    it('no user gets a token, and what they have goes on working', async () => {
      provide = fails;
      const refresh = { refresh_token: ada.tokens.refresh_token };
      expectProblem(await ada.post('/v1/auth/refresh', refresh), 503, 'claims_unavailable');
      expect((await ada.get('/v1/auth/whoami')).status).toBe(200);
    });
  });

  it('leave nothing behind of a login or a step-up that they fail', async () => {
    const before = [await countSessions(ada.id), await countLogins(ada.id)];
    provide = () => Promise.reject(new Error('down'));
    const login = { email: ada.email, password: PASSWORD };
    expectProblem(await app.as.anonymous().post('/v1/auth/login', login), 503, 'claims_unavailable');
    expectProblem(await ada.post('/v1/auth/step-up', { password: PASSWORD }), 503, 'claims_unavailable');
    expect([await countSessions(ada.id), await countLogins(ada.id)]).toEqual(before);
  });

  it('never make a client lose its session: the refresh token that failed is good for as long as before', async () => {
    const member = await app.as.member();
    provide = () => Promise.reject(new Error('down'));
    clock.stop();
    try {
      const refresh = { refresh_token: member.tokens.refresh_token };
      expect((await member.post('/v1/auth/refresh', refresh)).status).toBe(503);
      clock.forward(10 * MINUTE);
      expect((await member.post('/v1/auth/refresh', refresh)).status).toBe(503);
      provide = gold;
      expect((await member.post('/v1/auth/refresh', refresh)).status).toBe(200);
    } finally {
      clock.release();
    }
  });

  it('leave an account, and no session, of a sign-up that they fail', async () => {
    provide = () => Promise.reject(new Error('down'));
    const email = 'unlucky@example.com';
    const signUp = await app.as.anonymous().post('/v1/auth/signup', { email, password: PASSWORD });
    expectProblem(signUp, 503, 'claims_unavailable');
    provide = gold;
    const unlucky = await app.as.logIn(email);
    expect((await unlucky.get('/v1/me/sessions')).body.items).toHaveLength(1);
  });

  it('do not outlive rights that were taken while they were made', async () => {
    const admin = await app.as.admin();
    const member = await app.as.holderOf('users:read');
    const [asked, demoted] = [deferred(), deferred()];
    provide = async () => {
      asked.resolve();
      await demoted.promise;
      return { plan: 'of a reader' };
    };
    const refreshing = member.refreshed();
    await asked.promise;
    const roles = await admin.put(`/v1/users/${member.id}/roles`, { roles: ['user'] });
    expect(roles.status, roles.text).toBe(200);
    demoted.resolve();
    const late = await refreshing;
    expect(claimsOf(late.tokens.access_token)).toMatchObject({ plan: 'of a reader' });
    expectProblem(await late.get('/v1/plan'), 401, 'invalid_token');

    provide = () => ({ plan: 'of a user' });
    expect((await (await late.refreshed()).get('/v1/plan')).body.claims).toEqual({ plan: 'of a user' });
  });

  it('may refuse with a problem of their own', async () => {
    provide = () => {
      throw new Problem(403, 'plan_expired', 'The plan has expired; renew it.');
    };
    const login = { email: ada.email, password: PASSWORD };
    expectProblem(await app.as.anonymous().post('/v1/auth/login', login), 403, 'plan_expired');
  });

  it('are waited for two seconds', async () => {
    provide = () => new Promise(() => {});
    const refresh = { refresh_token: ada.tokens.refresh_token };
    expectProblem(await ada.post('/v1/auth/refresh', refresh), 503, 'claims_unavailable');
    expect(app.log.join()).toContain('the provider of plan, limits took longer than 2000 ms');
  });

  it('are believed of our own signature alone', async () => {
    const [header, , signature] = ada.tokens.access_token.split('.') as [string, string, string];
    const claims = { ...claimsOf(ada.tokens.access_token), plan: 'platinum' };
    const forged = Buffer.from(JSON.stringify(claims)).toString('base64url');
    const hmac = createHmac('sha256', 'guess').update(`${header}.${forged}`).digest('base64url');
    for (const each of [signature, hmac]) {
      const answer = await app.as
        .anonymous()
        .get('/v1/plan', { authorization: `Bearer ${header}.${forged}.${each}` });
      expectProblem(answer, 401, 'invalid_token');
    }
  });

  const count = async (sql: string, id: string) =>
    Number((await app.database.query<{ n: number }>(sql, { id }))[0]!.n);
  const countSessions = (id: string) => count('SELECT count(*) AS n FROM sessions WHERE user_id = :id', id);
  const countLogins = (id: string) =>
    count(`SELECT count(*) AS n FROM audit_events WHERE action = 'login.succeeded' AND actor_id = :id`, id);
});

describe('the names of claims that modules add', () => {
  const add = (...names: string[]) => {
    const claims = new TokenClaimsService();
    for (const name of names) claims.add([name as never], () => ({}));
  };

  it.each(['sub', 'roles', 'scope', 'acr', 'exp', 'typ', 'active', 'cnf', '__proto__', 'constructor'])(
    'may not be %s',
    (name) => expect(() => add(name)).toThrow(/meaning already|cannot be called/),
  );

  it.each(['', 'a b', 'ä', 'x'.repeat(101), '"'])('may not be %j', (name) =>
    expect(() => add(name)).toThrow('cannot be called'),
  );

  it('may be namespaced, and are given by one module', () => {
    expect(() => add('https://example.com/tenant', 'tenant')).not.toThrow();
    expect(() => add('tenant', 'tenant')).toThrow('the claim tenant is added twice');
  });

  it('stop the start', async () => {
    @Injectable()
    class Greedy implements OnModuleInit {
      constructor(private readonly claims: TokenClaimsService) {}
      onModuleInit(): void {
        this.claims.add(['roles' as never], () => ({ roles: ['admin'] }) as never);
      }
    }
    @Module({ imports: [TokensModule], providers: [Greedy] })
    class GreedyModule {}
    await expect(startApp({ modules: [GreedyModule] })).rejects.toThrow(
      'the claim roles has a meaning already',
    );
  });
});
