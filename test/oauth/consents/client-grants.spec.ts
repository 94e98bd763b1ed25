import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { expectOnly } from '../../support/expect-only.js';
import {
  allowClient,
  bearer,
  Browser,
  makeClient,
  refresh,
  signInTo,
  type TestClient,
} from '../../support/oauth.js';
import { planOf } from '../../support/plans.js';
import { expectProblem } from '../../support/problem.js';

let app: TestApp;
let client: TestClient;

beforeAll(async () => {
  app = await startApp();
  client = await makeClient(app, { name: 'Robot' });
});
afterAll(() => app.close());

const pathOf = ({ id }: TestClient) => `/v1/oauth/clients/${id}/grants`;

/** A user who has allowed a client its sign-in. */
async function allowing(by: TestClient): Promise<Browser> {
  const browser = await Browser.of(app, await app.as.member());
  await allowClient(app, browser.person.id, by.id);
  return browser;
}

describe('what users have allowed a client', () => {
  it('is listed for administrators, with who it was and when they were last there', async () => {
    const own = await makeClient(app);
    const [one, two] = [await allowing(own), await allowing(own)];
    await allowing(client);
    await signInTo(app, own, two);
    const { body } = await (await app.as.admin()).get(pathOf(own));
    expect(body.nextCursor).toBeNull();
    expect(body.items).toHaveLength(2);
    expect(body.items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          user: { id: one.person.id, email: one.person.email },
          scopes: expect.arrayContaining(['openid']),
          lastUsedAt: null,
        }),
        expect.objectContaining({
          user: { id: two.person.id, email: two.person.email },
          lastUsedAt: expect.stringMatching(/Z$/),
        }),
      ]),
    );
  });

  it('is read in order by an index, of however many', async () => {
    const asked = vi.spyOn(app.database, 'query');
    await (await app.as.admin()).get(pathOf(client));
    const [sql, params] = asked.mock.calls.find(([each]) => each.includes('FROM oauth_grants'))!;
    asked.mockRestore();
    const plan = await planOf(app, sql, params!, ['bitmapscan', 'seqscan', 'sort']);
    expect(plan).toContain('oauth_grants_client');
    expect(plan).not.toMatch(/TEMP B-TREE|Sort/);
  });

  it('is listed in pages', async () => {
    const own = await makeClient(app);
    const people = [await allowing(own), await allowing(own), await allowing(own)];
    const admin = await app.as.admin();
    const first = await admin.get(`${pathOf(own)}?limit=2`);
    const second = await admin.get(`${pathOf(own)}?limit=2&cursor=${first.body.nextCursor}`);
    const seen = [...first.body.items, ...second.body.items].map(({ user }: any) => user.id);
    expect(seen.toSorted()).toEqual(people.map(({ person }) => person.id).toSorted());
    expectProblem(
      await admin.get(`${pathOf(client)}?cursor=${first.body.nextCursor}`),
      400,
      'invalid_cursor',
    );
  });

  it('can be taken back by an administrator, with the session and its tokens', async () => {
    const own = await makeClient(app);
    const [one, two] = [await allowing(own), await allowing(own)];
    const [mine, theirs] = [await signInTo(app, own, one), await signInTo(app, own, two)];
    const admin = await app.as.admin();
    const { body } = await admin.get(pathOf(own));
    const { id } = body.items.find(({ user }: any) => user.id === one.person.id);
    await expectOnly(app, ['consent.revoked'], () => admin.delete(`${pathOf(own)}/${id}`));
    const opens = async ({ access_token }: any) =>
      (await app.as.anonymous().get('/oauth/userinfo', bearer(access_token))).status === 200;
    expect([await opens(mine), await opens(theirs)]).toEqual([false, true]);
    expect((await refresh(app, own, mine.refresh_token)).body.error).toBe('invalid_grant');
    expect((await admin.get(pathOf(own))).body.items).toHaveLength(1);
    const [event] = await app.database.query<{ actor_id: string; detail: string }>(
      `SELECT actor_id, detail FROM audit_events WHERE action = 'consent.revoked' AND target_id = :id`,
      { id: own.id },
    );
    expect(event!.actor_id).toBe(admin.id);
    expect(JSON.parse(event!.detail)).toMatchObject({ userId: one.person.id });
  });

  it('is nothing of another client, nor of one that does not exist', async () => {
    await allowing(client);
    const admin = await app.as.admin();
    const [grant] = (await admin.get(pathOf(client))).body.items;
    const other = await makeClient(app);
    expectProblem(await admin.delete(`${pathOf(other)}/${grant.id}`), 404, 'not_found');
    expectProblem(await admin.get('/v1/oauth/clients/none/grants'), 404, 'not_found');
    expectProblem(await admin.delete(`/v1/oauth/clients/none/grants/${grant.id}`), 404, 'not_found');
    expect((await admin.get(pathOf(client))).body.items).toContainEqual(grant);
  });

  it('names users, and so needs the scope to read them', async () => {
    const clerk = await app.as.holderOf('clients:read', 'clients:write');
    expectProblem(await clerk.get(pathOf(client)), 403, 'insufficient_scope');
  });
});
