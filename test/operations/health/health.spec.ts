import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Leases } from '../../../src/platform/database/leases.service.js';
import { Readiness } from '../../../src/platform/http/readiness.js';
import { startApp, type TestApp } from '../../support/app.js';
import { expectProblem } from '../../support/problem.js';

const OTHER = 'ffffffff-ac96-774b-bcce-b302099a8057';

describe('the health of the server', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const health = (path: string, headers = {}) => app.as.anonymous().get(`/health/${path}`, headers);

  it('is shown to every user, and says nothing else', async () => {
    expect((await health('live')).body).toEqual({ status: 'ok' });
    expect((await health('ready')).body).toEqual({ status: 'ok', database: 'ok', revocations: 'ok' });
  });

  it('does not depend on a token', async () => {
    const answer = await health('ready', { authorization: 'Bearer nonsense' });
    expect(answer.status).toBe(200);
  });

  it('has the nodes in it, for who may see the overview', async () => {
    const reader = await app.as.holderOf('overview:read');
    const { owner } = app.nest.get(Leases);
    const rows = [
      { name: `server:${OTHER}`, owner: OTHER, expiresAt: Date.now() + 60_000 },
      { name: 'server:killed', owner: 'killed', expiresAt: Date.now() - 1 },
      { name: 'clean-up:x', owner: 'x', expiresAt: Date.now() + 60_000 },
    ];
    const insert = 'INSERT INTO leases (name, owner, expires_at) VALUES (:name, :owner, :expiresAt)';
    for (const row of rows) await app.database.query(insert, row);
    const { body } = await reader.get('/v1/nodes');
    expect(body).toEqual({
      items: [
        { id: owner, isThis: true, seenUntil: expect.any(String) },
        { id: OTHER, isThis: false, seenUntil: expect.any(String) },
      ],
      nextCursor: null,
    });
    expectProblem(await (await app.as.member()).get('/v1/nodes'), 403, 'insufficient_scope');
  });

  it('is not ready on its way out, but alive', async () => {
    const readiness = app.nest.get(Readiness);
    readiness.beforeApplicationShutdown();
    const answer = await health('ready');
    expectProblem(answer, 503, 'stopping');
    expect(answer.headers.get('connection')).toBe('close');
    expect((await health('live')).status).toBe(200);
    readiness.isStopping = false;
    expect((await health('ready')).headers.get('connection')).not.toBe('close');
    expect((await health('ready')).status).toBe(200);
  });

  it('is not ready with a database that is not migrated, and is again once it is', async () => {
    await app.database.run({ sql: 'ALTER TABLE authority_version RENAME TO hidden', params: {} });
    const answer = await health('ready');
    expectProblem(answer, 503, 'unavailable');
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await health('live')).status).toBe(200);
    await app.database.run({ sql: 'ALTER TABLE hidden RENAME TO authority_version', params: {} });
    expect((await health('ready')).status).toBe(200);
  });
});
