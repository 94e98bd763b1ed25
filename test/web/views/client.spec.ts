import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClient, ProblemError, type Client, type Outcome, type Session } from '../../../web/client.js';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { clock, MINUTE } from '../../support/clock.js';
import { codeOf, protect } from '../../support/factors.js';
import { auditOf, rowsOfUser } from '../../support/sessions.js';

describe('the browser client on another origin', () => {
  let app: TestApp;
  const clients: Client[] = [];

  beforeAll(async () => (app = await startApp()));
  afterEach(() => {
    clock.release();
    clients.splice(0).forEach((client) => client.close());
  });
  afterAll(() => app.close());

  const open = (options = {}) => {
    const client = createClient(app.url, options);
    clients.push(client);
    return client;
  };
  const sessionIn = (outcome: Outcome): Session => {
    if (!('session' in outcome)) throw new Error(`no session: ${JSON.stringify(outcome)}`);
    return outcome.session;
  };

  it('signs up, knows who it is, and signs out', async () => {
    const client = open();
    const seen: (string | null)[] = [];
    const stop = client.session.subscribe((session) => seen.push(session?.user.email ?? null));
    const { user, scopes } = sessionIn(
      await client.signUp({ email: 'client@example.com', password: PASSWORD }),
    );
    expect(user.email).toBe('client@example.com');
    expect(scopes).toContain('account:read');
    expect((await client.session.load())!.user.id).toBe(user.id);
    await client.signOut();
    expect(client.session.current).toBeNull();
    expect((await client.fetch('/v1/me')).status).toBe(401);
    stop();
    expect(seen).toEqual(['client@example.com', 'client@example.com', null]);
    expect((await rowsOfUser(app, user.id))[0]!.revoked_at).not.toBeNull();
  });

  it('fails with what the server says, by a code', async () => {
    const failure = await open()
      .signIn({ email: 'nobody@example.com', password: 'wrong' })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProblemError);
    expect(failure).toMatchObject({ status: 401, code: 'invalid_credentials' });
  });

  it('goes on with a second factor', async () => {
    const { person, secret } = await protect(await app.as.member());
    const client = open();
    const outcome = await client.signIn({ email: person.email, password: PASSWORD });
    expect(outcome).toMatchObject({
      needs: 'second_factor',
      challenge: { methods: ['totp', 'recovery_code'] },
    });
    expect(client.session.current).toBeNull();
    const { challenge } = outcome as Extract<Outcome, { challenge: unknown }>;
    expect(sessionIn(await client.continue(challenge, { code: codeOf(secret) })).user.id).toBe(person.id);
  });

  it('refreshes once for all requests that wait, and sends each again', async () => {
    const { email, id } = await app.as.member();
    clock.stop();
    const client = open();
    await client.signIn({ email, password: PASSWORD });
    clock.forward(20 * MINUTE);
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => client.fetch('/v1/me')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const rows = await rowsOfUser(app, id);
    expect(rows.map(({ generation }) => generation).toSorted()).toEqual([0, 1]);
    expect(await auditOf(app, rows.at(-1)!.id)).not.toContain('session.refresh_retried');
  });

  it('is signed out when its session has ended, and tells who listens', async () => {
    const person = await app.as.member();
    const client = open();
    await client.signIn({ email: person.email, password: PASSWORD });
    const seen: (Session | null)[] = [];
    client.session.subscribe((session) => seen.push(session));
    await person.delete('/v1/me/sessions');
    expect((await client.fetch('/v1/me')).status).toBe(401);
    expect(seen).toEqual([null]);
  });

  it('stays signed in while the server cannot be reached', async () => {
    const { email } = await app.as.member();
    const client = open();
    await client.signIn({ email, password: PASSWORD });
    const { fetch } = globalThis;
    globalThis.fetch = () => Promise.reject(new TypeError('no network'));
    try {
      await expect(client.session.load()).rejects.toThrow('no network');
    } finally {
      globalThis.fetch = fetch;
    }
    expect(client.session.current).not.toBeNull();
    expect((await client.session.load())!.user.email).toBe(email);
  });

  it('has the user prove once more who they are, and repeats the request', async () => {
    const { email } = await app.as.member();
    clock.stop();
    let asked = 0;
    const client: Client = open({
      onStepUp: async () => {
        asked++;
        await client.stepUp({ password: PASSWORD });
        return true;
      },
    });
    await client.signIn({ email, password: PASSWORD });
    clock.forward(6 * MINUTE);
    expect((await client.fetch('/v1/me/factors/totp', { method: 'POST' })).status).toBe(201);
    expect(asked).toBe(1);
  });

  it('is one small file without dependencies, for pages of any origin', async () => {
    const answer = await fetch(`${app.url}/client.js`);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const text = await answer.text();
    expect(gzipSync(text).length).toBeLessThanOrEqual(3_000);
    expect(text).not.toMatch(/\bimport\b|localStorage|navigator\.locks/);
    expect(text).toMatch(/export\s*\{[^}]*createClient/);
  });
});
