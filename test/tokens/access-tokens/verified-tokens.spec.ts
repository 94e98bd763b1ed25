import { Agent, request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock, MINUTE, SECOND } from '../../support/clock.js';
import { refresh, works } from '../../support/sessions.js';
import { decoded } from '../../support/signing-keys.js';

const LIFETIME = 15 * MINUTE;
const REQUESTS = 10_000;
const CONNECTIONS = 64;

describe('a token that is remembered', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
    await app.as.admin();
  });
  afterEach(() => clock.release());
  afterAll(() => app.close());

  /** Hits, misses and entries, as Prometheus sees them. */
  async function cache(): Promise<Record<'hits' | 'misses' | 'entries', number>> {
    const { text } = await (await app.as.admin()).get('/metrics');
    const read = (name: string) =>
      Number(new RegExp(`^gatehouse_token_cache_${name} (\\d+)$`, 'm').exec(text)![1]);
    return { hits: read('hits'), misses: read('misses'), entries: read('entries') };
  }

  /** Uses the token until it is answered from memory. */
  async function remembered(member: SignedIn): Promise<string> {
    const { access_token: token } = member.tokens;
    expect(await works(app, token)).toBe(true);
    const before = await cache();
    expect(await works(app, token)).toBe(true);
    const after = await cache();
    // Once for the token, once for the admin who asked.
    expect({ hits: after.hits - before.hits, misses: after.misses - before.misses }).toEqual({
      hits: 2,
      misses: 0,
    });
    return token;
  }

  it('answers the same as when it was verified', async () => {
    const member = await app.as.member();
    const first = await member.get('/v1/auth/whoami');
    const second = await member.get('/v1/auth/whoami');
    expect(first.status).toBe(200);
    expect(second.body).toEqual(first.body);
    expect(second.body.id).toBe(member.id);
  });

  it('is refused at once when its session has ended', async () => {
    const member = await app.as.member();
    const control = await remembered(await app.as.member());
    const token = await remembered(member);
    expect((await member.post('/v1/auth/logout')).status).toBe(204);
    expect(await works(app, token)).toBe(false);
    expect(await works(app, control)).toBe(true);
  });

  it('is refused at once when its refresh token was replayed', async () => {
    clock.stop();
    const member = await app.as.member();
    await refresh(app, member.tokens.refresh_token);
    clock.forward(MINUTE);
    const token = await remembered(member);
    expect((await refresh(app, member.tokens.refresh_token)).body.code).toBe('refresh_token_reused');
    expect(await works(app, token)).toBe(false);
  });

  it('is refused at once when an admin ends the sessions of its owner', async () => {
    const member = await app.as.member();
    const token = await remembered(member);
    expect((await (await app.as.admin()).delete(`/v1/users/${member.id}/sessions`)).status).toBe(204);
    expect(await works(app, token)).toBe(false);
  });

  it('is refused at once when its owner was disabled, and stays refused when enabled again', async () => {
    const admin = await app.as.admin();
    const member = await app.as.member();
    const token = await remembered(member);
    const setStatus = (status: string) => admin.patch(`/v1/users/${member.id}`, { status });
    expect((await setStatus('disabled')).status).toBe(200);
    expect(await works(app, token)).toBe(false);
    expect((await setStatus('active')).status).toBe(200);
    expect(await works(app, token)).toBe(false);
  });

  it('is refused at once when its owner was deleted', async () => {
    const member = await app.as.member();
    const token = await remembered(member);
    expect((await (await app.as.admin()).delete(`/v1/users/${member.id}`)).status).toBe(204);
    expect(await works(app, token)).toBe(false);
  });

  it('is refused at once when the roles of its owner have changed; a refresh brings the new ones', async () => {
    const member = await app.as.member();
    const token = await remembered(member);
    const admin = await app.as.admin();
    expect((await admin.put(`/v1/users/${member.id}/roles`, { roles: [] })).status).toBe(200);
    expect(await works(app, token)).toBe(false);
    const renewed = await member.refreshed();
    expect((await renewed.get('/v1/auth/whoami')).body).toMatchObject({
      id: member.id,
      roles: [],
      scopes: [],
    });
  });

  it('is refused at once when the scopes of its role have changed', async () => {
    const holder = await app.as.holderOf('users:read');
    const control = await remembered(await app.as.member());
    const token = await remembered(holder);
    const [role] = decoded(token).claims['roles'];
    const { status } = await (await app.as.admin()).patch(`/v1/roles/${role}`, { scopes: ['roles:read'] });
    expect(status).toBe(200);
    expect(await works(app, token)).toBe(false);
    expect(await works(app, control)).toBe(true);
  });

  it('is refused once it has expired, and not a second earlier', async () => {
    clock.stop(new Date(Math.ceil(Date.now() / 1000) * 1000));
    const member = await app.as.member();
    const admin = await app.as.admin();
    const token = await remembered(member);
    const { entries } = await cache();
    clock.forward(LIFETIME - SECOND);
    expect(await works(app, token)).toBe(true);
    clock.forward(SECOND);
    expect(await works(app, token)).toBe(false);
    expect(await works(app, admin.tokens.access_token)).toBe(false);
    clock.release();
    expect((await cache()).entries).toBeLessThanOrEqual(entries);
  });

  it('is refused in any other spelling', async () => {
    const token = await remembered(await app.as.member());
    const [header, claims, signature] = token.split('.') as [string, string, string];
    const spellings = new Set([
      `${token}=`,
      `${token}==`,
      `${token}.`,
      `.${token}`,
      `${token}A`,
      `${header}=.${claims}.${signature}`,
      `${header}.${claims}==.${signature}`,
      `${header}.${claims}..${signature}`,
      `${token}%20`,
      ...otherEndings(signature).map((other) => `${header}.${claims}.${other}`),
      ...otherEndings(claims).map((other) => `${header}.${other}.${signature}`),
      ...otherEndings(header).map((other) => `${other}.${claims}.${signature}`),
      `${header}.${claims}.${signature.replaceAll('-', '+').replaceAll('_', '/')}`,
      `${header}.${claims}.${signature.slice(0, 40)} ${signature.slice(40)}`,
    ]);
    spellings.delete(token);
    expect(spellings.size).toBeGreaterThan(20);
    for (const spelling of spellings) {
      const { status } = await app.as
        .anonymous()
        .get('/v1/auth/whoami', { authorization: `Bearer ${spelling}` });
      expect({ spelling, status }).toEqual({ spelling, status: 401 });
    }
    expect(await works(app, token)).toBe(true);
  });

  it('is known with a scheme only, spelt in any case, and in its cookie', async () => {
    const token = await remembered(await app.as.member());
    const whoami = (headers: Record<string, string>) => app.as.anonymous().get('/v1/auth/whoami', headers);
    for (const authorization of [`bearer ${token}`, `BEARER   ${token}`, `Bearer ${token} `])
      expect((await whoami({ authorization })).status, authorization.slice(0, 10)).toBe(200);
    expect((await whoami({ cookie: `gatehouse_access=${token}` })).status).toBe(200);
    for (const authorization of [token, `Basic ${token}`, `Bearer Bearer ${token}`, `Bearer,${token}`])
      expect((await whoami({ authorization })).status, authorization.slice(0, 10)).toBe(401);
    expect((await whoami({ cookie: `gatehouse_access=Bearer ${token}` })).status).toBe(401);
  });

  it('is refused with any one bit of it changed', async () => {
    const token = await remembered(await app.as.member());
    const { entries } = await cache();
    for (let position = 0; position < token.length; position += 7) {
      const flipped = String.fromCharCode(token.charCodeAt(position) ^ 1);
      const other = token.slice(0, position) + flipped + token.slice(position + 1);
      expect(await works(app, other), `position ${position}`).toBe(false);
    }
    expect(await works(app, token)).toBe(true);
    expect((await cache()).entries).toBe(entries);
  });

  it('is not remembered when it was refused', async () => {
    const member = await app.as.member();
    const { access_token: token } = member.tokens;
    await member.post('/v1/auth/logout');
    const { entries } = await cache();
    expect(await works(app, token)).toBe(false);
    expect(await works(app, `${token.slice(0, -2)}AA`)).toBe(false);
    expect((await cache()).entries).toBeLessThanOrEqual(entries);
  });

  it('is refused at once when the key that signed it was deleted', async () => {
    const member = await app.as.member();
    const token = await remembered(member);
    const admin = await app.as.admin();
    expect((await admin.delete(`/v1/keys/${decoded(token).header['kid']}`)).status).toBe(204);
    expect(await works(app, token)).toBe(false);
    expect(await works(app, (await member.refreshed()).tokens.access_token)).toBe(true);
    // The admin's own went with it.
    app.as.forgetAdmin();
  });
});

describe('two people at once', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ env: { LOG_LEVEL: 'warn' } });
  });
  afterAll(() => app.close());

  it('never get an answer that carries the other’s identity', { timeout: 60_000 }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    const people = [await app.as.member(), await app.as.member()];
    const sessions = people.map(({ tokens }) => decoded(tokens.access_token).claims['sid']);
    expect(new Set(sessions).size).toBe(2);

    let sent = 0;
    let wrong = 0;
    const ports = new Set<number>();
    const alternate = async (): Promise<void> => {
      while (sent < REQUESTS) {
        const who = sent++ % 2;
        const { body, port } = await whoami(app.url, people[who]!.tokens.access_token, agent);
        ports.add(port);
        if (body.id !== people[who]!.id || body.sessionId !== sessions[who]) wrong++;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, alternate));
    agent.destroy();
    expect({ sent, wrong }).toEqual({ sent: REQUESTS, wrong: 0 });
    expect(ports.size).toBe(CONNECTIONS);
  });
});

/** The spellings of a base64url text that a lenient decoder reads as the same bytes. */
function otherEndings(text: string): string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const bytes = Buffer.from(text, 'base64url');
  return [...alphabet]
    .map((last) => text.slice(0, -1) + last)
    .filter((other) => other !== text && Buffer.from(other, 'base64url').equals(bytes));
}

function whoami(
  url: string,
  token: string,
  agent: Agent,
): Promise<{ body: { id?: string; sessionId?: string }; port: number }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const outgoing = request(`${url}/v1/auth/whoami`, { agent, headers }, (response) => {
      const { localPort } = response.socket;
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (data: string) => (text += data));
      response.on('end', () => resolve({ body: JSON.parse(text), port: localPort! }));
    });
    outgoing.on('error', reject).end();
  });
}
