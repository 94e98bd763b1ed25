import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Actors, ADMIN } from '../support/actors.js';
import { Client, type SignedIn } from '../support/client.js';
import { HOUR } from '../support/clock.js';
import { measured } from '../support/measured.js';
import { freePort, ServerProcess } from '../support/process.js';

/** A few of the clean-ups, which come every 200 ms here. */
const CLEANED_UP_MS = 1_500;
const LEARNT_WITHIN_MS = 1_500;

/** A node whose clock can be set. */
class ShiftedNode extends ServerProcess {
  constructor(
    port: number,
    env: Record<string, string>,
    readonly file: string,
  ) {
    super(port, { ...env, CLOCK_FILE: file }, { preload: join(import.meta.dirname, 'shifted-clock.mjs') });
    writeFileSync(file, '0');
  }

  async setClock(offset: number): Promise<void> {
    writeFileSync(this.file, String(offset));
    this.signal('SIGUSR2');
    while (readFileSync(`${this.file}.seen`, 'utf8') !== String(offset)) await setTimeout(10);
  }
}

describe('two nodes whose clock jumps an hour forth and back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-clock-'));
  let a: ShiftedNode;
  let b: ShiftedNode;
  let at: Actors;

  beforeAll(async () => {
    const env = {
      DATABASE_URL: `sqlite:${join(folder, 'gatehouse.db')}`,
      GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
      ADMIN_PASSWORD: ADMIN.password,
      PUBLIC_URL: 'http://localhost:3000',
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'fatal',
    };
    a = new ShiftedNode(await freePort(), env, join(folder, 'a'));
    b = new ShiftedNode(await freePort(), env, join(folder, 'b'));
    await Promise.all([a.start(), b.start()]);
    at = new Actors(a.url);
  });
  afterAll(async () => {
    await Promise.all([a, b].map((node) => node?.discard()));
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => setClocks(0));

  async function setClocks(offset: number): Promise<void> {
    await Promise.all([a.setClock(offset), b.setClock(offset)]);
    await setTimeout(CLEANED_UP_MS);
  }

  /** What each node says to an access token. */
  async function statuses({ tokens }: SignedIn): Promise<number[]> {
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const answers = [a, b].map(({ url }) => new Client(url).get('/v1/auth/whoami', headers));
    return (await Promise.all(answers)).map(({ status }) => status);
  }

  async function refreshStatus({ tokens: { refresh_token } }: SignedIn): Promise<number> {
    return (await new Client(b.url).post('/v1/auth/refresh', { refresh_token })).status;
  }

  async function expectAlive(...members: SignedIn[]): Promise<void> {
    for (const member of members) expect(await statuses(member)).toEqual([200, 200]);
  }

  async function expectDead(...members: SignedIn[]): Promise<void> {
    for (const member of members) expect(await statuses(member), member.email).toEqual([401, 401]);
  }

  /** @returns how long the other node took to learn of it, in ms */
  async function logOut(member: SignedIn): Promise<number> {
    expect((await member.post('/v1/auth/logout')).status).toBe(204);
    const startedAt = performance.now();
    await expect.poll(() => statuses(member), { interval: 10, timeout: 10_000 }).toEqual([401, 401]);
    return performance.now() - startedAt;
  }

  it('revive nothing that was revoked before, of a session, a user or a key', async () => {
    const [loggedOut, promoted, honest] = [await at.member(), await at.member(), await at.member()];
    await expectAlive(loggedOut, promoted, honest);
    await logOut(loggedOut);
    const admin = await at.admin();
    const given = await admin.put(`/v1/users/${promoted.id}/roles`, { roles: ['user', 'admin'] });
    expect(given.status).toBe(200);

    await setClocks(HOUR);
    await expectDead(loggedOut, promoted, honest);
    expect(await refreshStatus(loggedOut)).toBe(401);
    // A token has expired, its session has not.
    const later = await honest.refreshed();
    await expectAlive(later);

    await setClocks(0);
    await expectDead(loggedOut, promoted);
    expect(await refreshStatus(loggedOut)).toBe(401);
    await expectAlive(await later.refreshed());
  });

  it('revive nothing on a node that was started in between', async () => {
    const loggedOut = await at.member();
    await logOut(loggedOut);
    await setClocks(HOUR);
    await b.stop('SIGTERM');
    await b.start();
    await setTimeout(CLEANED_UP_MS);
    await expectDead(loggedOut);
    await setClocks(0);
    await expectDead(loggedOut);
  });

  it('revive nothing that was made while the clock was wrong and revoked when it was right again', async () => {
    await setClocks(HOUR);
    const email = 'early@example.com';
    const early = await at.member(email);
    await expectAlive(early);
    await setClocks(0);
    await logOut(await early.refreshed());
    await expectDead(early);
    // The hour has come: by its signature, the token would be good.
    await setClocks(HOUR + 1_000);
    await expectDead(early);
    expect(await refreshStatus(early)).toBe(401);
    await expectAlive(await at.logIn(email));
  });

  it('go on telling each other, no matter what the clock says', async () => {
    const times: number[] = [];
    for (const offset of [HOUR, 0, -HOUR, 0]) {
      await Promise.all([a.setClock(offset), b.setClock(offset)]);
      const member = await at.member();
      await expectAlive(member);
      times.push(await logOut(member));
      for (const { url } of [a, b]) expect((await new Client(url).get('/health/ready')).status).toBe(200);
    }
    expect(Math.max(...times)).toBeLessThan(LEARNT_WITHIN_MS);
    measured(
      `revocations learnt after ${times.map(Math.round).join(', ')} ms with the clock at +1 h, 0, -1 h and 0`,
    );
  });
});
