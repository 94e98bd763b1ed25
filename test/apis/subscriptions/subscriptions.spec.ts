import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { asKey } from '../../support/api-keys.js';
import type { SignedIn } from '../../support/client.js';
import { clock, HOUR } from '../../support/clock.js';
import {
  makeApi,
  makePlan,
  publish,
  subscribe,
  subscriptionKey,
  type TestApi,
} from '../../support/gateway.js';
import { expectProblem } from '../../support/problem.js';
import { auditOf } from '../../support/sessions.js';
import { Upstream } from '../../support/upstream.js';

describe('subscriptions', () => {
  let app: TestApp;
  let admin: SignedIn;
  let member: SignedIn;
  let stranger: SignedIn;
  let upstream: Upstream;
  let api: TestApi;
  let free: { id: string };

  beforeAll(async () => {
    app = await startApp();
    [admin, member, stranger] = await Promise.all([app.as.admin(), app.as.member(), app.as.member()]);
    upstream = await Upstream.start();
    api = await makeApi(app, [upstream.url], [{ methods: ['GET'], path: '/x', scopes: ['items:read'] }]);
    await publish(app);
    free = await makePlan(app, api);
  });
  afterAll(async () => {
    clock.release();
    await app.close();
    await upstream.close();
  });
  const x = () => `${api.base}/x`;
  const keys = (id: string) => `/v1/subscriptions/${id}/keys`;
  const keyBody = { name: 'server', scopes: ['items:read'] };

  it('lead from a plan to a call, though the owner has none of the scopes', async () => {
    const { application, subscription } = await subscribe(member, free.id);
    expect(subscription).toMatchObject({ status: 'active', planId: free.id, applicationName: 'My app' });
    const key = await subscriptionKey(app, member, subscription.id);
    expect(key.key).toMatch(/^ghk_/);
    expect(key.made).toMatchObject({ subscriptionId: subscription.id, audience: api.identifier });
    expect((await key.get(x())).status).toBe(200);
    const listed = await member.get(keys(subscription.id));
    expect(listed.body.items).toMatchObject([{ id: key.id, scopes: ['items:read'] }]);
    expect(listed.text).not.toContain(key.key);
    expect((await member.get('/v1/api-keys')).body.items).toMatchObject([
      { id: key.id, subscriptionId: subscription.id },
    ]);
    expect(await auditOf(app, application.id)).toEqual(['application.created']);
    expect(await auditOf(app, subscription.id)).toEqual(['subscription.made']);
    // Here it is no key at all.
    expect((await key.get('/v1/me')).status).toBe(401);
  });

  it('wait for approval where the plan asks for it', async () => {
    const paid = await makePlan(app, api, { approval: 'manual' });
    const { subscription } = await subscribe(member, paid.id);
    expect(subscription).toMatchObject({ status: 'requested', startsAt: null });
    expectProblem(await member.post(keys(subscription.id), keyBody), 409, 'subscription_not_active');
    const path = `/v1/subscriptions/${subscription.id}`;
    expectProblem(await member.post(`${path}/approve`, {}), 403, 'insufficient_scope');
    const asked = await admin.get(`/v1/resources/${api.id}/subscriptions?status=requested`);
    expect(asked.body.items.map(({ id }: { id: string }) => id)).toEqual([subscription.id]);
    expectProblem(await admin.post(`${path}/approve`, { planId: free.id }), 409, 'other_plan_requested');
    const approved = await admin.post(`${path}/approve`, { reason: 'welcome', planId: paid.id });
    expect(approved.body).toMatchObject({ status: 'active', decision: 'welcome', decidedById: admin.id });
    expect((await (await subscriptionKey(app, member, subscription.id)).get(x())).status).toBe(200);
    expectProblem(await admin.post(`${path}/reject`, {}), 409, 'invalid_subscription_transition');
    expect(await auditOf(app, subscription.id)).toEqual(['subscription.requested', 'subscription.approved']);
  });

  it('are refused, and may be asked for again', async () => {
    const paid = await makePlan(app, api, { approval: 'manual' });
    const { application, subscription } = await subscribe(member, paid.id);
    const again = () => member.post(`/v1/applications/${application.id}/subscriptions`, { planId: paid.id });
    expectProblem(await again(), 409, 'already_subscribed');
    const refused = await admin.post(`/v1/subscriptions/${subscription.id}/reject`, { reason: 'no' });
    expect(refused.body).toMatchObject({ status: 'rejected', decision: 'no' });
    expect((await again()).status).toBe(201);
  });

  it('open nothing while suspended, again once resumed, and never once ended', async () => {
    const { subscription } = await subscribe(member, free.id);
    const path = `/v1/subscriptions/${subscription.id}`;
    const key = await subscriptionKey(app, member, subscription.id);
    await key.get(x());
    await admin.post(`${path}/suspend`, { reason: 'unpaid' });
    expectProblem(await key.get(x()), 401, 'invalid_token');
    expectProblem(await key.get(x()), 401, 'invalid_token');
    expectProblem(await member.post(keys(subscription.id), keyBody), 409, 'subscription_not_active');
    await admin.post(`${path}/resume`, {});
    expect((await key.get(x())).status).toBe(200);
    expect((await member.post(`${path}/end`, {})).body.status).toBe('ended');
    expectProblem(await key.get(x()), 401, 'invalid_token');
    expectProblem(await admin.post(`${path}/resume`, {}), 409, 'invalid_subscription_transition');
    expectProblem(await member.post(`${path}/end`, {}), 409, 'invalid_subscription_transition');
    expectProblem(
      await member.post(`${keys(subscription.id)}/${key.id}/rotate`, {}),
      409,
      'subscription_not_active',
    );
  });

  it('of a publisher’s making are active at once, for a plan that is not for all', async () => {
    const hidden = await makePlan(app, api, { approval: 'manual', isPublic: false });
    const { body: application } = await member.post('/v1/applications', { name: 'Partner' });
    const path = `/v1/applications/${application.id}/subscriptions`;
    expectProblem(await member.post(path, { planId: hidden.id }), 400, 'unknown_plan');
    expect((await member.get(`/v1/resources/${api.id}/plans/${hidden.id}`)).status).toBe(404);
    const give = `/v1/resources/${api.id}/subscriptions`;
    const body = { applicationId: application.id, planId: hidden.id };
    expectProblem(await member.post(give, body), 403, 'insufficient_scope');
    expectProblem(await admin.post(give, { ...body, applicationId: 'x' }), 400, 'unknown_application');
    const given = await admin.post(give, body);
    expect(given.body).toMatchObject({ status: 'active', decidedById: admin.id });
    expect((await (await subscriptionKey(app, member, given.body.id)).get(x())).status).toBe(200);
  });

  it('change their plan and keep their keys; one that asks for approval is waited for', async () => {
    const paid = await makePlan(app, api, { approval: 'manual' });
    const { subscription } = await subscribe(member, free.id);
    const path = `/v1/subscriptions/${subscription.id}`;
    const key = await subscriptionKey(app, member, subscription.id);
    const asked = await member.patch(path, { planId: paid.id });
    expect(asked.body).toMatchObject({ planId: free.id, requestedPlanId: paid.id, status: 'active' });
    const refused = await admin.post(`${path}/reject`, {});
    expect(refused.body).toMatchObject({ planId: free.id, requestedPlanId: null, status: 'active' });
    await member.patch(path, { planId: paid.id });
    // What the publisher has not seen, they do not approve.
    const unseen = await admin.post(`${path}/approve`, { planId: free.id });
    expectProblem(unseen, 409, 'other_plan_requested');
    expect((await member.get(path)).body).toMatchObject({ planId: free.id, requestedPlanId: paid.id });
    const seen = await admin.post(`${path}/approve`, { planId: paid.id });
    expect(seen.body).toMatchObject({ planId: paid.id, requestedPlanId: null });
    const again = await admin.post(`${path}/approve`, { planId: paid.id });
    expectProblem(again, 409, 'invalid_subscription_transition');
    expect((await key.get(x())).status).toBe(200);
    expect((await member.patch(path, { planId: free.id })).body).toMatchObject({ planId: free.id });
    const other = await makeApi(app, [upstream.url], []);
    const elsewhere = await makePlan(app, other);
    expectProblem(await member.patch(path, { planId: elsewhere.id }), 400, 'unknown_plan');
  });

  it('are for their members and the publisher alone', async () => {
    const { application, subscription } = await subscribe(member, free.id);
    const path = `/v1/subscriptions/${subscription.id}`;
    const other = await app.as.holderOf('subscriptions:decide', 'account:read', 'account:write');
    for (const each of [stranger, other]) {
      expectProblem(await each.get(path), 404, 'not_found');
      expectProblem(await each.get(`${path}/keys`), 404, 'not_found');
      expectProblem(await each.get(`${path}/quota`), 404, 'not_found');
      expectProblem(await each.post(`${path}/keys`, keyBody), 404, 'not_found');
      expectProblem(await each.post(`${path}/end`, {}), 404, 'not_found');
      expectProblem(await each.patch(path, { planId: free.id }), 404, 'not_found');
      expectProblem(await each.get(`/v1/applications/${application.id}/subscriptions`), 404, 'not_found');
    }
    for (const verb of ['approve', 'reject', 'suspend', 'resume'])
      expectProblem(await other.post(`${path}/${verb}`, {}), 404, 'not_found');
    const decider = await app.as.holderOf('subscriptions:decide', 'account:read', 'account:write');
    const { body: its } = await decider.post('/v1/applications', { name: 'Mine' });
    const made = await decider.post(`/v1/applications/${its.id}/subscriptions`, { planId: free.id });
    expectProblem(
      await decider.post(`/v1/subscriptions/${made.body.id}/suspend`, {}),
      403,
      'not_your_resource',
    );
    // An API key makes no keys.
    const key = await subscriptionKey(app, member, subscription.id);
    expect((await key.post(`${path}/keys`, keyBody)).status).toBe(401);
  });

  it('end with their application and with the identifier of their API', async () => {
    const { application, subscription } = await subscribe(member, free.id);
    const key = await subscriptionKey(app, member, subscription.id);
    await key.get(x());
    expectProblem(await stranger.delete(`/v1/applications/${application.id}`), 404, 'not_found');
    expect((await member.delete(`/v1/applications/${application.id}`)).status).toBe(204);
    expectProblem(await key.get(x()), 401, 'invalid_token');

    const other = await makeApi(
      app,
      [upstream.url],
      [{ methods: ['GET'], path: '/x', scopes: ['items:read'] }],
    );
    await publish(app);
    const plan = await makePlan(app, other);
    const elsewhere = await subscribe(member, plan.id);
    const its = await subscriptionKey(app, member, elsewhere.subscription.id);
    expect((await its.get(`${other.base}/x`)).status).toBe(200);
    expectProblem(await admin.delete(`/v1/resources/${other.id}/plans/${plan.id}`), 409, 'plan_in_use');
    await admin.patch(`/v1/resources/${other.id}`, { identifier: `${other.identifier}/2` });
    await publish(app);
    const { body } = await admin.post('/v1/introspect', { token: its.key });
    expect(body?.active ?? false).toBe(false);
    const next = await subscriptionKey(app, member, elsewhere.subscription.id);
    expect((await next.get(`${other.base}/x`)).status).toBe(200);
    expect((await admin.delete(`/v1/resources/${other.id}`)).status).toBe(204);
    expect((await next.get(`${other.base}/x`)).status).toBe(404);
    expect((await member.get(`/v1/subscriptions/${elsewhere.subscription.id}`)).status).toBe(404);
  });

  describe('keys', () => {
    it('have scopes of their API alone, and are as many as the plan lets there be', async () => {
      const small = await makePlan(app, api, { maxKeys: 2 });
      const { subscription } = await subscribe(member, small.id);
      const path = keys(subscription.id);
      for (const scope of ['users:write', 'items:delete', '*'])
        expectProblem(await member.post(path, { name: 'x', scopes: [scope] }), 400, 'unknown_scopes');
      const answers = await Promise.all(Array.from({ length: 6 }, () => member.post(path, keyBody)));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
      expectProblem(await member.post(path, keyBody), 409, 'too_many_subscription_keys');
      await member.delete(`${path}/${answers.find(({ status }) => status === 201)!.body.id}`);
      expect((await member.post(path, keyBody)).status).toBe(201);
    });

    it('rotate with an overlap, also where there can be one', async () => {
      const one = await makePlan(app, api, { maxKeys: 1 });
      const { subscription } = await subscribe(member, one.id);
      const old = await subscriptionKey(app, member, subscription.id);
      const path = `${keys(subscription.id)}/${old.id}`;
      const rotated = await member.post(`${path}/rotate`, { overlap: '1h' });
      const next = asKey(app, rotated.body);
      expect(rotated.status).toBe(201);
      expect(await Promise.all([old, next].map(async (key) => (await key.get(x())).status))).toEqual([
        200, 200,
      ]);
      expectProblem(await member.post(`${path}/rotate`, {}), 409, 'already_rotated');
      clock.forward(HOUR + 1_000);
      expectProblem(await old.get(x()), 401, 'invalid_token');
      expect((await next.get(x())).status).toBe(200);
      clock.release();
      expectProblem(await member.post(`/v1/api-keys/${next.id}/rotate`, {}), 409, 'key_of_subscription');
    });

    it('die by the hand of the publisher too, and with their owner', async () => {
      const owner = await app.as.member();
      const { subscription } = await subscribe(owner, free.id);
      const [one, two] = await Promise.all([1, 2].map(() => subscriptionKey(app, owner, subscription.id)));
      // A key that the publisher or an administrator made would speak for its owner.
      const path = keys(subscription.id);
      expectProblem(await admin.post(path, keyBody), 403, 'not_your_application');
      expectProblem(await admin.post(`${path}/${one!.id}/rotate`, {}), 403, 'not_your_application');
      expect((await admin.get(path)).body.items).toHaveLength(2);
      expect((await admin.delete(`${path}/${one!.id}`)).status).toBe(204);
      expectProblem(await one!.get(x()), 401, 'invalid_token');
      expectProblem(await admin.delete(`${keys(subscription.id)}/${one!.id}`), 404, 'not_found');
      expect((await two!.get(x())).status).toBe(200);
      await admin.patch(`/v1/users/${owner.id}`, { status: 'disabled' });
      expectProblem(await two!.get(x()), 401, 'invalid_token');
      await admin.patch(`/v1/users/${owner.id}`, { status: 'active' });
      expectProblem(await two!.get(x()), 401, 'invalid_token');
      expect((await admin.delete(`/v1/users/${owner.id}`)).status).toBe(204);
      expect((await admin.get(`/v1/subscriptions/${subscription.id}`)).status).toBe(404);
    });

    it('are never ones of this server itself', async () => {
      const { body: here } = await admin.post('/v1/resources', {
        identifier: 'http://localhost:3000',
        name: 'Here',
        status: 'published',
        scopes: [{ name: 'users:write' }],
      });
      const plan = await makePlan(app, here);
      const { subscription } = await subscribe(admin, plan.id);
      const answer = await admin.post(keys(subscription.id), { name: 'x', scopes: ['users:write'] });
      expectProblem(answer, 409, 'no_subscription_keys');
    });
  });

  it('are made once, whatever comes at the same time', async () => {
    const { body: application } = await member.post('/v1/applications', { name: 'Busy' });
    const path = `/v1/applications/${application.id}/subscriptions`;
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => member.post(path, { planId: free.id })),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    const end = () => member.post(`/v1/subscriptions/${made[0]!.body.id}/end`, {});
    const [ends, keyAnswers] = await Promise.all([
      Promise.all([end(), end()]),
      Promise.all([1, 2, 3].map(() => member.post(keys(made[0]!.body.id), keyBody))),
    ]);
    expect(ends.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const keysMade = keyAnswers.filter(({ status }) => status === 201);
    for (const { body } of keysMade) expect((await asKey(app, body).get(x())).status).toBe(401);
  });
});

describe('plans', () => {
  let app: TestApp;
  let admin: SignedIn;
  let resource: { id: string };

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    const body = { identifier: 'https://planned.example', name: 'Planned', status: 'published' };
    ({ body: resource } = await admin.post('/v1/resources', body));
  });
  afterAll(() => app.close());
  const plans = () => `/v1/resources/${resource.id}/plans`;

  it('are of the publisher’s making, and seen by all who may choose them', async () => {
    const member = await app.as.member();
    const { body: free } = await admin.post(plans(), {
      name: 'free',
      approval: 'auto',
      quota: [{ unit: 'requests', amount: 5, per: 'day' }],
    });
    expect(free).toMatchObject({ maxKeys: 5, isPublic: true, status: 'active', limit: null });
    await admin.post(plans(), { name: 'hidden', isPublic: false });
    const { body: old } = await admin.post(plans(), { name: 'old' });
    await admin.patch(`${plans()}/${old.id}`, { status: 'retired' });
    const names = ({ body }: { body: any }) => body.items.map(({ name }: { name: string }) => name);
    expect(names(await admin.get(plans()))).toEqual(['free', 'hidden', 'old']);
    expect(names(await member.get(plans()))).toEqual(['free']);
    expectProblem(await admin.post(plans(), { name: 'free' }), 409, 'plan_name_taken');
    expectProblem(await member.post(plans(), { name: 'mine' }), 403, 'insufficient_scope');
    const other = await app.as.holderOf('gateway:write', 'resources:read');
    expectProblem(await other.post(plans(), { name: 'mine' }), 403, 'not_your_resource');
    expectProblem(await other.patch(`${plans()}/${free.id}`, { name: 'x' }), 403, 'not_your_resource');
    const { body: application } = await member.post('/v1/applications', { name: 'Late' });
    const late = await member.post(`/v1/applications/${application.id}/subscriptions`, { planId: old.id });
    expectProblem(late, 400, 'unknown_plan');
    expect((await admin.delete(`${plans()}/${old.id}`)).status).toBe(204);
    expect(await auditOf(app, old.id)).toEqual(['plan.created', 'plan.updated', 'plan.deleted']);
  });

  it.each([
    [{ quota: [{ unit: 'requests', amount: 0, per: 'day' }] }],
    [{ quota: [{ unit: 'requests', amount: 1.5, per: 'day' }] }],
    [{ quota: [{ unit: 'requests', amount: 2 ** 53, per: 'day' }] }],
    [{ quota: [{ unit: 'hours', amount: 1, per: 'day' }] }],
    [{ quota: [{ unit: 'requests', amount: 1, per: 'year' }] }],
    [
      {
        quota: [
          { unit: 'bytes', amount: 1, per: 'day' },
          { unit: 'bytes', amount: 2, per: 'day' },
        ],
      },
    ],
    [{ quota: [null] }],
    [{ approval: 'never' }],
    [{ maxKeys: 0 }],
    [{ limit: { requests: 0, per: 'minute' } }],
  ])('are refused with %j', async (wrong) => {
    expectProblem(await admin.post(plans(), { name: 'wrong', ...wrong }), 400, 'validation_failed');
  });
});
