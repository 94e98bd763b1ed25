import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { protect } from '../../support/factors.js';
import { firstParty, makeClient, REDIRECT } from '../../support/oauth.js';
import { freePort } from '../../support/process.js';
import { ended, runRaceKit, SCENARIOS, startRaceKit } from '../../support/race-kit.js';
import { refresh, rowsOfUser, works } from '../../support/sessions.js';

const REPLAY = SCENARIOS.at(-1)!;

let app: TestApp;
const against = ({ email }: SignedIn, ...more: string[]) => ['--url', app.url, '--email', email, ...more];

async function liveSessionsOf({ id }: SignedIn) {
  return (await rowsOfUser(app, id)).filter(({ revoked_at }) => revoked_at === null);
}

/** The session that was there before is as it was, and no other is left. */
async function expectUntouched(member: SignedIn): Promise<void> {
  expect(await liveSessionsOf(member)).toMatchObject([{ generation: 0 }]);
  expect(await works(app, member.tokens.access_token)).toBe(true);
  expect((await refresh(app, member.tokens.refresh_token)).status).toBe(200);
}

describe('the race kit', () => {
  beforeAll(async () => {
    app = await startApp({ env: { REFRESH_REUSE_WINDOW: '2s', RATE_LIMIT: 'on' } });
  });
  afterAll(() => app.close());

  it('says that all holds, and leaves nothing behind', async () => {
    const member = await app.as.member();
    const kit = await runRaceKit(against(member, '--reuse-window', '2s'), PASSWORD);
    expect(ended('held', kit), kit.out).toEqual(SCENARIOS);
    expect(kit).toMatchObject({ code: 0, err: expect.stringMatching(/^waiting .* 3 s\n$/) });
    expect(kit.out).toMatch(/\n14 sessions opened, all ended\n$/);
    expect(await rowsOfUser(app, member.id)).toHaveLength(15);
    await expectUntouched(member);
  });

  it.each([
    ['a client with a secret', {}],
    ['a public client', { applicationType: 'native' }],
  ])('says the same of the sessions of %s, and leaves nothing behind', async (_what, settings) => {
    const member = await app.as.member();
    const { clientId, clientSecret } = await firstParty(app, settings);
    const secret = clientSecret === undefined ? [] : ['--client-secret', clientSecret];
    const args = ['--client-id', clientId, '--redirect-uri', REDIRECT, ...secret];
    const kit = await runRaceKit(against(member, '--reuse-window', '2s', ...args), PASSWORD);
    expect(ended('held', kit), kit.out + kit.err).toEqual(SCENARIOS);
    expect(kit.code).toBe(0);
    expect(kit.out).toMatch(/\n14 sessions opened, all ended\n$/);
    // And the sign-in of the browser that they came from.
    expect(await rowsOfUser(app, member.id)).toHaveLength(16);
    await expectUntouched(member);
  });

  it('reads the password from standard input, and says what it left out', async () => {
    const member = await app.as.member();
    const args = against(member, '--password', '-', '--skip-replay');
    const kit = await runRaceKit(args, undefined, `${PASSWORD}\n`);
    expect(ended('skipped', kit), kit.out).toEqual([REPLAY]);
    expect(kit).toMatchObject({ code: 2, err: '' });
    await expectUntouched(member);
  });

  it('does not take the reuse window for the strict mode', async () => {
    const member = await app.as.member();
    const kit = await runRaceKit(against(member, '--strict'), PASSWORD);
    expect(kit.code).toBe(1);
    expect(ended('BROKEN', kit), kit.out).toEqual([...SCENARIOS.slice(0, 3), REPLAY]);
    expect(kit.out).toContain('is REFRESH_REUSE_WINDOW longer than --reuse-window?');
    await expectUntouched(member);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends its sessions on %s', async (signal) => {
    const member = await app.as.member();
    const kit = startRaceKit(against(member, '--reuse-window', '60s'), PASSWORD);
    // It waits for the window, with three sessions open.
    await once(kit.child.stderr, 'data');
    expect(await liveSessionsOf(member)).toHaveLength(4);
    kit.child.kill(signal);
    const { code, out } = await kit.ended;
    expect(code).toBe(130);
    expect(out).toMatch(/\nskipped {2}replay [^\n]*: interrupted\n14 sessions opened, all ended\n$/);
    await expectUntouched(member);
  });

  it('says that the password is wrong after one guess, and does not repeat it', async () => {
    const member = await app.as.member();
    const kit = await runRaceKit(against(member), 'not the passphrase');
    expect(kit.code).toBe(2);
    expect(kit.err).toContain(`the password of ${member.email} is wrong`);
    expect(kit.err + kit.out).not.toContain('not the passphrase');
    const failed = await app.database.query<{ failures: number }>(
      'SELECT failures FROM failed_attempts WHERE failures > 0',
    );
    expect(failed.map(({ failures }) => Number(failures))).toEqual([1]);
    await expectUntouched(member);
  });

  it.each([
    ['consent', {}, PASSWORD, /the client needs consent/],
    [
      'another address',
      { kind: 'first-party', redirectUris: ['https://x.example/'] },
      PASSWORD,
      /no code: 400/,
    ],
    ['a wrong password', { kind: 'first-party' }, 'not the passphrase', /a wrong password/],
  ])('says that a client needs %s', async (_what, settings, password, reason) => {
    const member = await app.as.member();
    const { clientId } = await makeClient(app, { applicationType: 'native', ...settings });
    const kit = await runRaceKit(
      against(member, '--client-id', clientId, '--redirect-uri', REDIRECT),
      password,
    );
    expect(kit).toMatchObject({ code: 2, err: expect.stringMatching(reason) });
  });

  it('says that the account has a second factor', async () => {
    const member = await app.as.member();
    await protect(member);
    const kit = await runRaceKit(against(member), PASSWORD);
    expect(kit).toMatchObject({ code: 2, err: expect.stringContaining('(mfa_required)') });
    expect(await rowsOfUser(app, member.id)).toHaveLength(1);
  });

  it('says that no server is there', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const kit = await runRaceKit(['--url', url, '--email', 'ada@example.com'], PASSWORD);
    expect(kit).toMatchObject({ code: 2, err: expect.stringContaining('connection refused') });
  });

  const ACCOUNT = ['--url', 'http://localhost', '--email', 'ada@example.com'];

  it.each([
    [[], '--url is missing'],
    [['--url', 'localhost:3000', '--email', 'ada@example.com'], '--url must start with http'],
    [['--url', 'http://ada:secret@localhost'], '--url must be without user'],
    [['--url', 'http://localhost'], '--email is missing'],
    [ACCOUNT, 'the password is missing'],
    [[...ACCOUNT, '--password', 'x', '--client-id', 'x'], '--redirect-uri must be'],
    [[...ACCOUNT, '--password', 'x', '--client-secret', 'x'], '--client-id is missing'],
    [[...ACCOUNT, '--reuse-window', '2m'], 'up to 60s'],
    [[...ACCOUNT, '--reuse-window', '30'], 'up to 60s'],
    [[...ACCOUNT, '--strict', '--reuse-window', '1s'], 'exclude each other'],
    [['--nonsense'], "Unknown option '--nonsense'"],
  ])('refuses %j in one line', async (args, reason) => {
    const kit = await runRaceKit(args);
    expect(kit).toMatchObject({ code: 2, out: '', err: expect.stringContaining(reason) });
    expect(kit.err).toMatch(/^[^\n]+; --help tells more\n$/);
  });

  it('tells all options when asked', async () => {
    const kit = await runRaceKit(['--help']);
    expect(kit).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('npm run race-kit -- --url'),
    });
  });
});

describe('the race kit in the strict mode', () => {
  beforeAll(async () => {
    app = await startApp({ env: { REFRESH_REUSE_WINDOW: '0' } });
  });
  afterAll(() => app.close());

  it('says that all holds, when it is told of the mode', async () => {
    const member = await app.as.member();
    const kit = await runRaceKit(against(member, '--strict'), PASSWORD);
    expect(ended('held', kit), kit.out).toEqual(SCENARIOS);
    expect(kit).toMatchObject({ code: 0, err: '' });
    await expectUntouched(member);
  });

  it('says what to do when it is not', async () => {
    const member = await app.as.member();
    const kit = await runRaceKit(against(member, '--skip-replay'), PASSWORD);
    expect(kit.code).toBe(1);
    // Tabs that race a logout are theft too, when they come first.
    expect(ended('BROKEN', kit).slice(0, 3), kit.out).toEqual(SCENARIOS.slice(0, 3));
    expect(kit.out).toContain('if REFRESH_REUSE_WINDOW is 0, say --strict');
    await expectUntouched(member);
  });
});
