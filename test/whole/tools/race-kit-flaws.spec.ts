import { afterAll, describe, expect, it } from 'vitest';
import { FlawedServer, PASSWORD, type Flaw } from '../../support/flawed-server.js';
import { ended, runRaceKit, SCENARIOS } from '../../support/race-kit.js';

/** Long enough for a busy machine: all servers are tried at once. */
const WINDOW_S = 4;
const [PARALLEL, TABS, LOST, LOGOUT, GARBAGE, REPLAY] = SCENARIOS;

/** What must be found broken in a server with each flaw, and nothing else. */
const FOUND: Record<Flaw, string[]> = {
  'each refresh mints a branch of its own': [PARALLEL, TABS, LOST],
  'only the last rotation is remembered': [TABS, REPLAY],
  'a retry is refused': [PARALLEL, TABS, LOST],
  'a replay is answered': [REPLAY],
  'a replay ends nothing': [REPLAY],
  'a replay ends every session': [REPLAY],
  'a refresh outlives the logout': [LOGOUT],
  'access tokens outlive the logout': [LOGOUT, REPLAY],
  'a forged token ends the session': [GARBAGE],
};

describe('the race kit against a server that', () => {
  const servers: FlawedServer[] = [];
  const serve = async (flaw?: Flaw) => {
    const server = new FlawedServer(WINDOW_S * 1000, flaw);
    servers.push(server);
    return { server, url: await server.listen() };
  };
  const runAgainst = (url: string, ...more: string[]) =>
    runRaceKit(
      ['--url', url, '--email', 'ada@example.com', '--reuse-window', `${WINDOW_S}s`, ...more],
      PASSWORD,
    );
  afterAll(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  it('has no flaw finds none', async () => {
    const { url } = await serve();
    const kit = await runAgainst(url);
    expect(ended('held', kit), kit.out).toEqual(SCENARIOS);
    expect(kit.code).toBe(0);
  });

  it.concurrent.each(Object.entries(FOUND) as [Flaw, string[]][])(
    'has a flaw finds it: %s',
    async (flaw, found) => {
      const { server, url } = await serve(flaw);
      const kit = await runAgainst(url);
      expect(ended('BROKEN', kit), kit.out).toEqual(found);
      expect(ended('skipped', kit)).toEqual([]);
      expect(kit.code).toBe(1);
      expect(server.sessions.filter(({ isOver }) => !isOver)).toEqual([]);
    },
  );

  it.concurrent.each([
    ['each refresh mints a branch of its own', [PARALLEL, TABS, LOST]],
    ['a replay ends nothing', [REPLAY]],
    ['a refresh outlives the logout', [LOGOUT]],
  ] as [Flaw, string[]][])('has a flaw finds it in sessions of a client: %s', async (flaw, found) => {
    const { server, url } = await serve(flaw);
    const kit = await runAgainst(url, '--client-id', 'app', '--redirect-uri', 'http://127.0.0.1/race');
    expect(ended('BROKEN', kit), kit.out + kit.err).toEqual(found);
    expect(ended('skipped', kit)).toEqual([]);
    expect(server.sessions.filter(({ isOver }) => !isOver)).toEqual([]);
  });

  it('mints branches says how many there were, and shows no token', async () => {
    const { url } = await serve('each refresh mints a branch of its own');
    const { out } = await runAgainst(url, '--skip-replay');
    expect(out).toMatch(/BROKEN {3}parallel [^\n]*: expected one successor; seen 20 different ones\n/);
    expect(out).not.toContain('access.');
  });

  it('lets a login wait does so', async () => {
    const { server, url } = await serve();
    server.refusals.push([429, {}, { 'retry-after': '1' }], [503, {}, { 'retry-after': '1' }]);
    const kit = await runAgainst(url, '--skip-replay');
    expect(ended('held', kit), kit.out).toEqual(SCENARIOS.slice(0, 5));
    expect(kit.err.split('\n')).toEqual([
      'login answered 429: waiting 1 s, as Retry-After says',
      'login answered 503: waiting 1 s, as Retry-After says',
      '',
    ]);
  });

  it('dies on the way says so, and what was broken before', async () => {
    const { server, url } = await serve('a retry is refused');
    server.onLogin = (count) => void (count === 3 && server.close());
    const kit = await runAgainst(url);
    expect(ended('BROKEN', kit), kit.out).toEqual([PARALLEL, TABS]);
    expect(kit.out).toContain('\n2 sessions opened, all ended\n');
    expect(kit).toMatchObject({ code: 1, err: expect.stringContaining('POST /v1/auth/login') });
  });

  it('lets a login wait for long gives up at once', async () => {
    const { server, url } = await serve();
    server.refusals.push([429, {}, { 'retry-after': '900' }]);
    const kit = await runAgainst(url);
    expect(kit).toMatchObject({ code: 2, err: expect.stringContaining('again in 900 s') });
    expect(server.logins).toBe(1);
  });

  it('sends on to another gives the password to no other server', async () => {
    const { server: elsewhere, url: other } = await serve();
    const { server, url } = await serve();
    server.refusals.push([307, {}, { location: `${other}/v1/auth/login` }]);
    const kit = await runAgainst(url);
    expect(kit).toMatchObject({ code: 2, err: expect.stringContaining(`sends on to ${other}`) });
    expect(elsewhere.logins).toBe(0);
  });
});
