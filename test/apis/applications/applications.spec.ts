import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { MailService } from '../../../src/platform/mail/mail.service.js';
import { proved } from '../../support/proved.js';
import { expectProblem } from '../../support/problem.js';
import { auditOf } from '../../support/sessions.js';

describe('applications', () => {
  let app: TestApp;
  let owner: SignedIn;
  let friend: SignedIn;
  let id: string;

  beforeAll(async () => {
    app = await startApp();
    [owner, friend] = await Promise.all([app.as.member(), app.as.member()]);
    ({
      body: { id },
    } = await owner.post('/v1/applications', { name: 'My app' }));
  });
  afterAll(() => app.close());
  const one = () => `/v1/applications/${id}`;
  const members = () => `${one()}/members`;
  const idsOf = ({ body }: { body: any }) => body.items.map((each: { id: string }) => each.id);

  it('are seen by their owner and members, and by who may see all', async () => {
    expect(idsOf(await owner.get('/v1/applications'))).toEqual([id]);
    expect(idsOf(await friend.get('/v1/applications'))).toEqual([]);
    expectProblem(await friend.get(one()), 404, 'not_found');
    expectProblem(await friend.get(members()), 404, 'not_found');
    expectProblem(await friend.post(members(), { email: friend.email, role: 'admin' }), 404, 'not_found');
    expect(idsOf(await (await app.as.admin()).get('/v1/applications'))).toContain(id);
    await owner.post(members(), { email: friend.email, role: 'viewer' });
    expect(idsOf(await friend.get('/v1/applications'))).toEqual([id]);
    expect((await friend.get(one())).body).toMatchObject({ id, ownerId: owner.id, name: 'My app' });
    expect((await friend.get(members())).body.items).toEqual([
      { userId: owner.id, email: owner.email, name: null, role: 'owner' },
      { userId: friend.id, email: friend.email, name: null, role: 'viewer' },
    ]);
  });

  it('let members do what their role says', async () => {
    const subscriptions = `${one()}/subscriptions`;
    await owner.post(members(), { email: friend.email, role: 'viewer' });
    expectProblem(await friend.post(subscriptions, { planId: 'x' }), 403, 'not_your_application');
    expectProblem(await friend.patch(one(), { name: 'Theirs' }), 403, 'not_your_application');
    await owner.patch(`${members()}/${friend.id}`, { role: 'developer' });
    expectProblem(await friend.post(subscriptions, { planId: 'x' }), 400, 'unknown_plan');
    expectProblem(await friend.patch(one(), { name: 'Theirs' }), 403, 'not_your_application');
    const third = await app.as.member();
    expectProblem(
      await friend.post(members(), { email: third.email, role: 'admin' }),
      403,
      'not_your_application',
    );
    await owner.post(members(), { email: friend.email, role: 'admin' });
    expect((await friend.patch(one(), { name: 'Ours', description: 'of us' })).body).toMatchObject({
      name: 'Ours',
    });
    expect((await friend.post(members(), { email: third.email, role: 'viewer' })).status).toBe(201);
    expectProblem(await friend.delete(one()), 403, 'not_your_application');
    expectProblem(await third.delete(`${members()}/${friend.id}`), 403, 'not_your_application');
    expect((await third.delete(`${members()}/${third.id}`)).status).toBe(204);
    expectProblem(await third.get(one()), 404, 'not_found');
    expect((await owner.delete(`${members()}/${friend.id}`)).status).toBe(204);
    expectProblem(await owner.delete(`${members()}/${friend.id}`), 404, 'not_found');
    expect(await auditOf(app, id)).toContain('application.member_removed');
  });

  it('are seen by administrators of APIs, who may do no more than a viewer', async () => {
    const admin = await app.as.admin();
    expect((await admin.get(members())).body.items[0]).toMatchObject({ userId: owner.id, role: 'owner' });
    const added = { email: admin.email, role: 'admin' };
    expectProblem(await admin.patch(one(), { name: 'Theirs' }), 403, 'not_your_application');
    expectProblem(await admin.post(members(), added), 403, 'not_your_application');
    expectProblem(await admin.post(`${one()}/subscriptions`, { planId: 'x' }), 403, 'not_your_application');
    expectProblem(await admin.delete(`${members()}/${owner.id}`), 403, 'not_your_application');
    expectProblem(await admin.delete(one()), 403, 'not_your_application');
    // As a member, they may do what their role says.
    await owner.post(members(), { ...added, role: 'developer' });
    expectProblem(await admin.post(`${one()}/subscriptions`, { planId: 'x' }), 400, 'unknown_plan');
    expect((await admin.delete(`${members()}/${admin.id}`)).status).toBe(204);
    expect((await owner.get(one())).body.name).not.toBe('Theirs');
  });

  it('have no owner for a member, and no member without an account', async () => {
    expectProblem(
      await owner.post(members(), { email: owner.email, role: 'viewer' }),
      409,
      'owner_is_no_member',
    );
    expectProblem(
      await owner.post(members(), { email: 'no@one.example', role: 'viewer' }),
      400,
      'unknown_member',
    );
    expectProblem(await owner.patch(`${members()}/${friend.id}`, { role: 'viewer' }), 404, 'not_found');
    expectProblem(
      await owner.post(members(), { email: friend.email, role: 'owner' }),
      400,
      'validation_failed',
    );
  });

  it('lose the members that were there before an account changed hands, on both sides', async () => {
    const [owned, member] = await Promise.all([app.as.member(), app.as.member()]);
    const { body: theirs } = await owned.post('/v1/applications', { name: 'Theirs' });
    const place = `/v1/applications/${theirs.id}/members`;
    await owned.post(place, { email: friend.email, role: 'admin' });
    await owner.post(members(), { email: member.email, role: 'admin' });
    await owner.post(members(), { email: friend.email, role: 'viewer' });
    const admin = await app.as.admin();
    const lines = [owned, member].map(({ email }) => JSON.stringify({ email, verified: true }));
    const type = { 'content-type': 'application/x-ndjson' };
    const { body } = await admin.post('/v1/users/import?update=true', lines.join('\n'), type);
    expect(body).toMatchObject({ updated: 2, failed: 0 });
    const rolesOf = async (path: string) =>
      (await admin.get(path)).body.items.map(({ email, role }: any) => [email, role]);
    expect(await rolesOf(place)).toEqual([[owned.email, 'owner']]);
    // The others stay.
    expect(await rolesOf(members())).toEqual([
      [owner.email, 'owner'],
      [friend.email, 'viewer'],
    ]);
    await owner.delete(`${members()}/${friend.id}`);
  });

  it('go with their owner, and are in what is exported of them', async () => {
    const leaver = await app.as.member();
    const { body: made } = await leaver.post('/v1/applications', { name: 'Gone' });
    await leaver.post(`/v1/applications/${made.id}/members`, { email: friend.email, role: 'admin' });
    const { body: theirs } = await leaver.get('/v1/me/export');
    expect(theirs.applications).toMatchObject([{ id: made.id, name: 'Gone' }]);
    const { body: friends } = await friend.get('/v1/me/export');
    expect(friends.applicationMemberships).toMatchObject([{ applicationId: made.id, role: 'admin' }]);
    await (await app.as.admin()).delete(`/v1/users/${leaver.id}`);
    expect(idsOf(await friend.get('/v1/applications'))).toEqual([]);
  });
});

describe.each(['off', 'on'] as const)('members, with mail and REQUIRE_VERIFIED_EMAIL=%s', (required) => {
  let app: TestApp;

  beforeAll(async () => {
    const transport = { send: () => Promise.resolve() };
    const configure = (nest: TestApp['nest']) => nest.get(MailService).useTransport(transport);
    app = await startApp({ configure, env: { REQUIRE_VERIFIED_EMAIL: required } });
  });
  afterAll(() => app.close());

  it('have proved their address, and tell no one else who has an account', async () => {
    const admin = await app.as.admin();
    const make = async (name: string): Promise<{ id: string; email: string }> => {
      const body = { email: `${name}@example.com`, password: PASSWORD };
      return (await admin.post('/v1/users', body)).body;
    };
    const [friend, unproved, disabled] = [await make('friend'), await make('unproved'), await make('gone')];
    await Promise.all([friend, disabled].map((each) => proved(app, each)));
    await admin.patch(`/v1/users/${disabled.id}`, { status: 'disabled' });
    const { body: application } = await admin.post('/v1/applications', { name: 'My app' });
    const path = `/v1/applications/${application.id}/members`;
    const add = (body: object) => admin.post(path, { role: 'developer', ...body });
    const refused = [
      { email: 'no@one.example' },
      { email: 'no@one.example', userId: friend.id },
      { email: friend.email, userId: disabled.id },
      ...[unproved, disabled].flatMap(({ email, id }) => [{ email }, { email, userId: id }]),
      ...(required === 'on' ? [{ email: friend.email }] : []),
    ];
    const answers = await Promise.all(refused.map(add));
    for (const answer of answers) {
      expectProblem(answer, 400, 'unknown_member');
      expect(answer.body.detail).toBe(answers[0]!.body.detail);
    }
    expect((await admin.get(path)).body.items).toHaveLength(1);
    expect((await add({ email: friend.email, userId: friend.id })).status).toBe(201);
    if (required === 'on') return;
    expect((await add({ email: friend.email })).status).toBe(201);
    // An owner who may be a stranger with another person's address has no members who would stay.
    const stranger = await app.as.member();
    const { body: theirs } = await stranger.post('/v1/applications', { name: 'Theirs' });
    const answer = await stranger.post(`/v1/applications/${theirs.id}/members`, {
      email: friend.email,
      role: 'admin',
    });
    expectProblem(answer, 409, 'owner_unproved');
  });
});
