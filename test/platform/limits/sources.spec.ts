import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GENERAL_LIMITS, LIMITS } from '../../../src/platform/access/limits.js';
import { GeneralLimits } from '../../../src/platform/limits/general-limits.js';
import { LimitStore } from '../../../src/platform/limits/limit-store.js';
import { LimitsService } from '../../../src/platform/limits/limits.service.js';
import type { Windows } from '../../../src/platform/http/windows.js';
import { PASSWORD } from '../../support/actors.js';
import { makeKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import { useWholeCosts } from '../../support/cheap-hashes.js';
import type { Answer } from '../../support/client.js';
import { clock, HOUR, MINUTE, SECOND } from '../../support/clock.js';
import { expectProblem } from '../../support/problem.js';
import { statementsDuring } from '../../support/statements.js';

const WRONG = 'a wrong passphrase';
let unique = 0;
const newEmail = () => `source-${++unique}@example.com`;

/** A list of strings with whole numbers as parameters, as RFC 9651 writes them; by name. */
function fieldOf({ headers }: Answer, field: string): Record<string, Record<string, number>> {
  const items = (headers.get(field) ?? '').split(', ').map((item) => {
    expect(item, field).toMatch(/^"[a-z_]+"(;[a-z]=(0|[1-9]\d{0,14})){2}$/);
    const [name, ...params] = item.split(';');
    const values = params.map((each) => each.split('=')).map(([key, value]) => [key, Number(value)]);
    return [name!.slice(1, -1), Object.fromEntries(values)];
  });
  return Object.fromEntries(items);
}

const statusesOf = (answers: Answer[]) => answers.map(({ status }) => status);
const count = (answers: Answer[], status: number) =>
  statusesOf(answers).filter((each) => each === status).length;

/** No address here has an account, so there is no mail to send. */
const NOWHERE = 'smtp://127.0.0.1:1';

describe('one source', () => {
  let app: TestApp;
  let tests = 0;

  beforeAll(async () => {
    app = await startApp({ env: { RATE_LIMIT: 'on', SMTP_URL: NOWHERE } });
  });
  afterAll(() => app.close());
  // Each at a time of its own, when nothing of what another did counts any more.
  beforeEach(() => clock.stop(new Date(Date.now() + ++tests * 3 * HOUR)));
  afterEach(() => clock.release());

  const logIn = (body: object, headers: Record<string, string> = {}) =>
    app.as.anonymous().post('/v1/auth/login', body, headers);
  const general = () => app.nest.get(GeneralLimits) as unknown as { sources: Windows; principals: Windows };

  it('that tries 500 accounts, with a header for each and its own account in between, has 50 failures', async () => {
    const member = await app.as.member();
    const { headers } = await logIn({ email: member.email, password: PASSWORD });
    const device = { 'device-token': headers.get('device-token')! };
    const claims = [
      'x-forwarded-for',
      'x-real-ip',
      'x-client-ip',
      'true-client-ip',
      'cf-connecting-ip',
      'forwarded',
    ];
    const tryMany = (times: number, group: number) =>
      Promise.all(
        Array.from({ length: times }, (_, n) => {
          const address = `203.0.${group}.${n}`;
          const headers = Object.fromEntries(
            claims.map((name) => [name, name === 'forwarded' ? `for=${address}` : address]),
          );
          return logIn({ email: newEmail(), password: WRONG }, headers);
        }),
      );
    const answers = await tryMany(25, 0);
    expect((await logIn({ email: member.email, password: PASSWORD })).status).toBe(200);
    for (let group = 1; group < 20; group++) answers.push(...(await tryMany(25, group)));
    const { quota, seconds } = LIMITS.login.source;
    expect(count(answers, 401)).toBe(quota);
    expect(count(answers, 429)).toBe(500 - quota);
    const refused = answers.at(-1)!;
    expectProblem(refused, 429, 'too_many_requests');
    expect(refused.headers.get('retry-after')).toBe(String(seconds));
    expect(fieldOf(refused, 'ratelimit')).toEqual({ login: { r: 0, t: seconds } });
    expect(fieldOf(refused, 'ratelimit-policy')).toEqual({ login: { q: quota, w: seconds } });

    // The device that signed in here before is let in, another is not.
    const { email } = member;
    expect((await logIn({ email, password: PASSWORD })).status).toBe(429);
    expect((await logIn({ email, password: PASSWORD }, device)).status).toBe(200);
    clock.forward(seconds * SECOND);
    expect((await logIn({ email, password: PASSWORD })).status).toBe(200);
    const said = app.log.filter((line) => line.includes('set TRUST_PROXY'));
    expect(said, 'that all behind a proxy are one is said once').toHaveLength(1);
  });

  it('sees in the headers what is left, which never rises within a window nor goes below nothing', async () => {
    const email = newEmail();
    const answers: Answer[] = [];
    for (let time = 0; time < 7; time++) answers.push(await logIn({ email, password: WRONG }));
    const left = answers.map((answer) => fieldOf(answer, 'ratelimit'));
    expect(left.map(({ login_account }) => login_account!['r'])).toEqual([4, 3, 2, 1, 0, 0, 0]);
    expect(left.slice(0, 5).map(({ login }) => login!['r'])).toEqual([49, 48, 47, 46, 45]);
    for (const answer of answers) {
      const [now, policy] = [fieldOf(answer, 'ratelimit'), fieldOf(answer, 'ratelimit-policy')];
      expect(Object.keys(now)).toEqual(Object.keys(policy));
      for (const [name, { r, t }] of Object.entries(now)) {
        expect(r).toBeLessThanOrEqual(policy[name]!['q']!);
        expect(t).toBeLessThanOrEqual(policy[name]!['w']!);
        expect(t).toBeGreaterThan(0);
      }
    }
  });

  it('asks for mail to one address five times an hour, however it is written', async () => {
    const ask = (email: unknown) => app.as.anonymous().post('/v1/auth/email/verification', { email });
    const email = newEmail();
    const spellings = [email, email.toUpperCase(), ` ${email}`, email, email, email];
    const answers: Answer[] = [];
    for (const each of spellings) answers.push(await ask(each));
    expect(statusesOf(answers)).toEqual([202, 202, 202, 202, 202, 429]);
    expect(fieldOf(answers[0]!, 'ratelimit')).toMatchObject({
      email_verification: { r: 29 },
      email_verification_account: { r: 4 },
    });
    // What is no address is refused as before, and breaks nothing.
    for (const odd of [null, 1, ['a@example.com'], { a: 1 }, 'x'.repeat(60_000)])
      expect((await ask(odd)).status).toBe(400);
    clock.forward(HOUR);
    expect((await ask(email)).status).toBe(202);
  });

  it('refreshes with one token 600 times a minute, and others go on', async () => {
    const [busy, calm] = [await app.as.member(newEmail()), await app.as.member(newEmail())];
    const refresh = ({ tokens: { refresh_token } }: typeof busy) =>
      app.as.anonymous().post('/v1/auth/refresh', { refresh_token });
    const answers = await Promise.all(Array.from({ length: 620 }, () => refresh(busy)));
    expect([count(answers, 200), count(answers, 429)]).toEqual([600, 20]);
    expect((await refresh(calm)).status).toBe(200);
    const next = answers.find(({ status }) => status === 200)!.body.refresh_token;
    expect((await app.as.anonymous().post('/v1/auth/refresh', { refresh_token: next })).status).toBe(200);
    for (const refresh_token of [null, 1, {}, '', undefined]) {
      const { status } = await app.as.anonymous().post('/v1/auth/refresh', { refresh_token });
      expect([400, 401]).toContain(status);
    }
  });

  it('is counted no session for what cannot be a refresh token, and goes on being counted itself', async () => {
    for (const refresh_token of ['rubbish', 'a'.repeat(71), `${'a'.repeat(72)}.`]) {
      const answer = await app.as.anonymous().post('/v1/auth/refresh', { refresh_token });
      expect(answer.status).toBe(401);
      expect(Object.keys(fieldOf(answer, 'ratelimit'))).toEqual(['refresh']);
    }
    const made = await app.as.anonymous().post('/v1/auth/refresh', { refresh_token: 'a'.repeat(72) });
    expect(Object.keys(fieldOf(made, 'ratelimit'))).toEqual(['refresh', 'refresh_account']);
  });

  it('that fills the memory of one limit makes no other forget', async () => {
    const store = app.nest.get(LimitStore);
    const { source: quota } = LIMITS.login;
    const add = (name: string, key: string) => store.add(name, quota, key, true);
    await add('login', 'somebody');
    for (let n = 0; n < 52_000; n++) await add('refresh_account', `made up ${n}`);
    expect((await add('login', 'somebody')).count).toBe(2);
  });

  it('is refused every request beyond the general limit, until the minute is over', async () => {
    const { quota, seconds } = GENERAL_LIMITS.source;
    general().sources.add('127.0.0.1', seconds).count = quota - 1;
    const anonymous = app.as.anonymous();
    expect((await anonymous.get('/health/live')).status).toBe(200);
    const answers: Answer[] = [];
    for (const path of ['/health/live', '/v1/me', '/nowhere', '/openapi.json'])
      answers.push(await anonymous.get(path));
    for (const answer of answers) {
      expectProblem(answer, 429, 'too_many_requests');
      expect(fieldOf(answer, 'ratelimit')).toEqual({ source: { r: 0, t: seconds } });
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
    clock.forward(MINUTE);
    expect((await anonymous.get('/health/live')).status).toBe(200);
  });

  it('has principals that are limited each for itself, before anything is looked up', async () => {
    const { quota, seconds } = GENERAL_LIMITS.principal;
    const [busy, calm] = [await app.as.member(newEmail()), await app.as.member(newEmail())];
    const key = await makeKey(app, busy);
    general().principals.add(busy.id, seconds).count = quota - 1;
    expect((await busy.get('/v1/auth/whoami')).status).toBe(200);
    const refused = await busy.get('/v1/auth/whoami');
    expectProblem(refused, 429, 'too_many_requests');
    expect(fieldOf(refused, 'ratelimit')).toEqual({ principal: { r: 0, t: seconds } });
    // Not 403, which would be noted for each.
    expect((await busy.get('/v1/users')).status).toBe(429);
    for (const other of [calm, key]) expect((await other.get('/v1/auth/whoami')).status).toBe(200);
    const noted = () =>
      app.database.query(
        `SELECT detail FROM audit_events WHERE action = 'limit.reached' AND actor_id = :id`,
        { id: busy.id },
      );
    await expect.poll(async () => (await noted()).length).toBe(1);
    clock.forward(seconds * SECOND);
    expect((await busy.get('/v1/auth/whoami')).status).toBe(200);
  });

  it('costs guarded requests no look into the database', async () => {
    const members = [1, 2, 3].map(() => app.as.member(newEmail()));
    const unseen = await Promise.all(members);
    const statements = await statementsDuring(app, async () => {
      const member = unseen.pop()!;
      for (let times = 0; times < 3; times++) expect((await member.get('/v1/auth/whoami')).status).toBe(200);
    });
    expect(statements).toEqual([]);
  });
});

describe('behind a proxy that is named', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ env: { RATE_LIMIT: 'on', TRUST_PROXY: '1', SMTP_URL: NOWHERE } });
  });
  afterAll(() => app.close());

  /** How many requests for mail its source had made before this one. */
  const madeBy = async (forwarded: string): Promise<number> => {
    const headers = { 'x-forwarded-for': forwarded };
    const answer = await app.as.anonymous().post('/v1/auth/email/verification', { email: 0 }, headers);
    expect(answer.status).toBe(400);
    const { quota } = LIMITS.email_verification.source;
    return quota - 1 - fieldOf(answer, 'ratelimit')['email_verification']!['r']!;
  };

  it('a source is what that proxy saw, and not what the client says before', async () => {
    expect(await madeBy('203.0.113.9')).toBe(0);
    expect(await madeBy('198.51.100.1, 203.0.113.9')).toBe(1);
    expect(await madeBy('198.51.100.2, 10.0.0.1, 203.0.113.9')).toBe(2);
    expect(await madeBy('198.51.100.2')).toBe(0);
  });

  it('a source is a /64, or the IPv4 address inside', async () => {
    expect(await madeBy('2001:db8:1:2::1')).toBe(0);
    expect(await madeBy('2001:db8:1:2:ffff::9')).toBe(1);
    expect(await madeBy('2001:db8:1:3::1')).toBe(0);
    expect(await madeBy('::ffff:203.0.113.77')).toBe(0);
    expect(await madeBy('203.0.113.77')).toBe(1);
  });

  it('what is no address is one source, and none of it is a failure', async () => {
    expect(await madeBy('unknown')).toBe(0);
    expect(await madeBy('_hidden')).toBe(1);
    expect(await madeBy(`"; r=99, "signup`)).toBe(2);
  });
});

describe('one source with more logins than the hash queue holds', () => {
  let app: TestApp;
  useWholeCosts();

  beforeAll(async () => {
    app = await startApp({ env: { RATE_LIMIT: 'on', TRUST_PROXY: '1', LOGIN_QUEUE: '4' } });
  });
  afterAll(() => app.close());

  const logIn = (email: string, ip: string) =>
    app.as.anonymous().post('/v1/auth/login', { email, password: PASSWORD }, { 'x-forwarded-for': ip });

  it('is told to come back, while others sign in', async () => {
    const crowd: string[] = [];
    for (let n = 0; n < 9; n++) crowd.push((await app.as.member(newEmail())).email);
    const other = crowd.pop()!;
    const ofCrowd: Answer[] = [];
    const over = new AbortController();
    // Right and in parallel, which no other limit refuses.
    const flood = crowd
      .flatMap((email) => [email, email, email, email])
      .map(async (email) => {
        while (!over.signal.aborted) ofCrowd.push(await logIn(email, '203.0.113.1'));
      });
    const ofOther: Answer[] = [];
    for (let time = 0; time < 10; time++) ofOther.push(await logIn(other, '203.0.113.2'));
    over.abort();
    await Promise.all(flood);
    expect(statusesOf(ofOther)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(statusesOf(ofCrowd)).toContain(200);
    expectProblem(
      ofCrowd.find(({ status }) => status === 503)!,
      503,
      'overloaded',
    );
    // Of what is meant, there is no more to log than a line.
    const lines = app.log.filter((line) => line.includes('overloaded'));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).not.toContain('stack');
  });
});

describe('limits that are off', () => {
  it('refuse nothing, count nothing and say nothing', async () => {
    const app = await startApp();
    try {
      expect(app.nest.get(LimitsService).isOn).toBe(false);
      const email = newEmail();
      const logIn = () => app.as.anonymous().post('/v1/auth/login', { email, password: WRONG });
      const answers = await Promise.all(Array.from({ length: 12 }, logIn));
      expect(count(answers, 401)).toBe(12);
      expect(answers[0]!.headers.has('ratelimit')).toBe(false);
      expect(await app.database.query('SELECT * FROM failed_attempts')).toEqual([]);
      expect(await app.database.query('SELECT * FROM rate_limits')).toEqual([]);
    } finally {
      await app.close();
    }
  });
});

describe('limits whose shared store is away', () => {
  it('are held by each node for itself, and no caller gets a 5xx', async () => {
    const app = await startApp({
      env: { RATE_LIMIT: 'on', REDIS_URL: 'redis://127.0.0.1:1', SMTP_URL: NOWHERE },
    });
    try {
      const email = newEmail();
      const ask = () => app.as.anonymous().post('/v1/auth/email/verification', { email });
      const answers: Answer[] = [];
      for (let time = 0; time < 6; time++) answers.push(await ask());
      expect(statusesOf(answers)).toEqual([202, 202, 202, 202, 202, 429]);
      await app.as.member();
      expect(app.log.filter((line) => line.includes('this node counts for itself'))).toHaveLength(1);
    } finally {
      await app.close();
    }
  });
});
