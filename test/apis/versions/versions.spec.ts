import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { expectOnly } from '../../support/expect-only.js';
import { expectProblem } from '../../support/problem.js';

const NOTHING = '01890a5d-ac96-774b-bcce-b302099a8057';
const SELECTOR = { kind: 'path', value: 'v1' };

describe('versions of an API', () => {
  let app: TestApp;
  let owner: SignedIn;
  let other: SignedIn;
  let upstreamId: string;
  let count = 0;

  beforeAll(async () => {
    app = await startApp();
    const scopes = ['resources:read', 'resources:write', 'gateway:read', 'gateway:write'];
    owner = await app.as.holderOf(...scopes);
    other = await app.as.holderOf(...scopes);
    const targets = [{ url: 'http://10.0.0.7' }];
    upstreamId = (await owner.post('/v1/upstreams', { name: 'items', targets })).body.id;
  });
  afterAll(() => app.close());

  /** The path of the versions of a new API of the owner's. */
  const newApi = async (more: object = {}) => {
    const identifier = `https://api.example/${++count}`;
    const { body } = await owner.post('/v1/resources', { identifier, name: 'API', ...more });
    return { id: body.id as string, versions: `/v1/resources/${body.id}/versions` };
  };
  const fields = (more: object = {}) => ({ label: 'v1', selector: SELECTOR, upstreamId, ...more });
  const make = async (versions: string, more: object = {}) => {
    const answer = await owner.post(versions, fields(more));
    expect(answer.status, answer.text).toBe(201);
    return answer.body;
  };
  /** A version and its path. */
  const newVersion = async (more: object = {}) => {
    const { id, versions } = await newApi();
    const version = await make(versions, more);
    return { api: id, versions, version, path: `${versions}/${version.id}` };
  };

  it('begin as drafts with a label, a selector and an upstream', async () => {
    const { api, path, version } = await newVersion({ basePath: '/items' });
    expect(version).toEqual({
      id: expect.any(String),
      resourceId: api,
      label: 'v1',
      status: 'draft',
      selector: SELECTOR,
      upstreamId,
      basePath: '/items',
      stripPrefix: true,
      deprecatedAt: null,
      sunsetAt: null,
      successorId: null,
      docsUrl: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect((await owner.get(path)).body).toEqual(version);
  });

  it('change in what is named, and stay in the rest', async () => {
    const { path, version } = await newVersion({ basePath: '/items' });
    const selector = { kind: 'header', value: 'api-version=2' };
    const changed = await owner.patch(path, { selector, stripPrefix: false });
    expect(changed.body).toMatchObject({ label: 'v1', basePath: '/items', selector, stripPrefix: false });
    expect(changed.body.updatedAt >= version.updatedAt).toBe(true);
    expectProblem(await owner.patch(path, { status: 'published' }), 400, 'validation_failed');
    expectProblem(await owner.patch(path, { upstreamId: NOTHING }), 400, 'unknown_reference');
    expect((await owner.get(path)).body).toEqual(changed.body);
  });

  it('have labels of their own within their API, also when two are made at once', async () => {
    const { versions } = await newApi();
    const answers = await Promise.all([1, 2, 3].map(() => owner.post(versions, fields())));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    const second = await make(versions, { label: 'v2' });
    const taken = await owner.patch(`${versions}/${second.id}`, { label: 'v1' });
    expectProblem(taken, 409, 'version_label_taken');
    await make((await newApi()).versions);
  });

  it('are listed oldest first, those of one API alone', async () => {
    const { versions } = await newApi();
    for (const label of ['b', 'a', 'c']) await make(versions, { label });
    const first = await owner.get(`${versions}?limit=2`);
    const rest = await owner.get(`${versions}?limit=2&cursor=${first.body.nextCursor}`);
    const labels = [...first.body.items, ...rest.body.items].map(({ label }: { label: string }) => label);
    expect(labels).toEqual(['b', 'a', 'c']);
    expect(rest.body.nextCursor).toBeNull();
    // A cursor is of one list.
    const elsewhere = (await newApi()).versions;
    expectProblem(await owner.get(`${elsewhere}?cursor=${first.body.nextCursor}`), 400, 'invalid_cursor');
  });

  it('are of one API, and not found under another', async () => {
    const { version } = await newVersion();
    const { versions } = await newApi();
    for (const wrong of [version.id, NOTHING, 'x']) {
      expectProblem(await owner.get(`${versions}/${wrong}`), 404, 'not_found');
      expectProblem(await owner.patch(`${versions}/${wrong}`, { label: 'x' }), 404, 'not_found');
      expectProblem(await owner.post(`${versions}/${wrong}/publish`, {}), 404, 'not_found');
      expectProblem(await owner.delete(`${versions}/${wrong}`), 404, 'not_found');
    }
    expectProblem(await owner.post(`/v1/resources/${NOTHING}/versions`, fields()), 404, 'not_found');
  });

  it('of another user are read once their API is published, and never changed', async () => {
    const draft = await newVersion();
    expectProblem(await other.get(draft.path), 404, 'not_found');
    expectProblem(await other.post(draft.versions, fields({ label: 'v2' })), 404, 'not_found');
    await owner.post(`${draft.path}/publish`, {});
    expect((await other.get(draft.path)).body.status).toBe('published');
    for (const [method, path, body] of [
      ['POST', draft.versions, fields({ label: 'v2' })],
      ['PATCH', draft.path, { label: 'mine' }],
      ['POST', `${draft.path}/deprecate`, {}],
      ['POST', `${draft.path}/retire`, {}],
      ['DELETE', draft.path, undefined],
    ] as const)
      expectProblem(await other.send(method, path, body), 403, 'not_your_resource');
    const keeper = await app.as.holderOf('gateway:read', 'gateway:write', 'resources:admin');
    expect((await keeper.patch(draft.path, { label: 'kept' })).body.label).toBe('kept');
  });

  it('need the scopes of the gateway', async () => {
    const { path, versions } = await newVersion();
    const reader = await app.as.holderOf('gateway:read', 'resources:admin');
    expect((await reader.get(path)).status).toBe(200);
    expectProblem(await reader.post(versions, fields({ label: 'v2' })), 403, 'insufficient_scope');
    expectProblem(await reader.post(`${path}/publish`, {}), 403, 'insufficient_scope');
    const author = await app.as.holderOf('resources:read', 'resources:write');
    expectProblem(await author.get(path), 403, 'insufficient_scope');
    expectProblem(await app.as.anonymous().get(path), 401, 'unauthenticated');
  });

  it.each<[string, object, string]>([
    ['no label', { label: '' }, 'label'],
    ['a label with a slash', { label: 'a/b' }, 'label'],
    ['a long label', { label: 'v'.repeat(33) }, 'label'],
    ['a base path without a slash', { basePath: 'items' }, 'basePath'],
    ['a base path that climbs', { basePath: '/a/../b' }, 'basePath'],
    ['a base path that ends in a slash', { basePath: '/items/' }, 'basePath'],
    ['an encoded base path', { basePath: '/%69tems' }, 'basePath'],
    ['a long base path', { basePath: `/${'a'.repeat(200)}` }, 'basePath'],
    ['a selector of another kind', { selector: { kind: 'query', value: 'v' } }, 'selector.kind'],
    ['a selector without a value', { selector: { kind: 'path' } }, 'selector.value'],
    ['two pieces of a path', { selector: { kind: 'path', value: 'v/1' } }, 'selector.value'],
    ['a piece of dots', { selector: { kind: 'path', value: '..' } }, 'selector.value'],
    ['a header without a value', { selector: { kind: 'header', value: 'api-version' } }, 'selector.value'],
    ['a header of two lines', { selector: { kind: 'header', value: 'a=b\nc: d' } }, 'selector.value'],
    ['a host in capitals', { selector: { kind: 'host', value: 'API.example' } }, 'selector.value'],
    ['a host with a port', { selector: { kind: 'host', value: 'api.example:80' } }, 'selector.value'],
    ['a selector in a list', { selector: [SELECTOR] }, 'selector'],
    ['an upstream that is no id', { upstreamId: 'items' }, 'upstreamId'],
    ['a status', { status: 'published' }, 'status'],
  ])('are refused with %s', async (_, more, field) => {
    const { versions } = await newApi();
    const answer = await owner.post(versions, fields(more));
    expectProblem(answer, 400, 'validation_failed');
    const named = answer.body.errors.map((error: { field: string }) => error.field) as string[];
    expect(new Set(named)).toEqual(
      new Set([field, ...(field === 'selector.kind' ? ['selector.value'] : [])]),
    );
    expect((await owner.get(versions)).body.items).toEqual([]);
  });

  describe('move on:', () => {
    it('to published, which publishes their API', async () => {
      const { api, path } = await newVersion();
      const actions = ['api_version.published', 'resource.updated'];
      await expectOnly(app, actions, () => owner.post(`${path}/publish`, {}));
      expect((await owner.get(path)).body.status).toBe('published');
      expect((await owner.get(`/v1/resources/${api}`)).body.status).toBe('published');
    });

    it('never back, and from a draft to nothing but published or retired', async () => {
      const { path } = await newVersion();
      expectProblem(await owner.post(`${path}/deprecate`, {}), 409, 'invalid_version_transition');
      await owner.post(`${path}/publish`, {});
      expectProblem(await owner.post(`${path}/publish`, {}), 409, 'invalid_version_transition');
      await owner.post(`${path}/deprecate`, {});
      expectProblem(await owner.post(`${path}/publish`, {}), 409, 'invalid_version_transition');
      await owner.post(`${path}/retire`, {});
      for (const verb of ['publish', 'deprecate', 'retire'])
        expectProblem(await owner.post(`${path}/${verb}`, {}), 409, 'invalid_version_transition');
    });

    it('once, however many ask for it at once', async () => {
      const { path } = await newVersion();
      const answers = await Promise.all([1, 2, 3].map(() => owner.post(`${path}/publish`, {})));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
    });

    it('to deprecated, with a time, an end, a successor and a page', async () => {
      const { versions, path } = await newVersion();
      const next = await make(versions, { label: 'v2' });
      await owner.post(`${path}/publish`, {});
      const said = {
        deprecatedAt: '2027-01-31T00:00:00Z',
        sunsetAt: '2027-07-31T12:00:00+02:00',
        successorId: next.id,
        docsUrl: 'https://items.example/news',
      };
      const { body } = await owner.post(`${path}/deprecate`, said);
      expect(body).toMatchObject({
        status: 'deprecated',
        deprecatedAt: '2027-01-31T00:00:00.000Z',
        sunsetAt: '2027-07-31T10:00:00.000Z',
        successorId: next.id,
        docsUrl: 'https://items.example/news',
      });
      // Again, with another end: what is not named stays, and null takes away.
      const again = await owner.post(`${path}/deprecate`, { sunsetAt: null });
      expect(again.body).toMatchObject({ sunsetAt: null, successorId: next.id, docsUrl: said.docsUrl });
    });

    it.each<[string, object]>([
      ['sunsetAt', { sunsetAt: 'tomorrow' }],
      ['sunsetAt', { sunsetAt: '2027-02-30T00:00:00Z' }],
      ['sunsetAt', { sunsetAt: '2027-01-01' }],
      ['deprecatedAt', { deprecatedAt: 1_800_000_000 }],
      ['successorId', { successorId: 'v2' }],
      ['docsUrl', { docsUrl: 'javascript:alert(1)' }],
      ['docsUrl', { docsUrl: 'https://a.example/"><script>' }],
      ['docsUrl', { docsUrl: 'https://a.example/\r\nSet-Cookie: a=b' }],
    ])('not with a wrong %s: %j', async (field, said) => {
      const { path } = await newVersion();
      await owner.post(`${path}/publish`, {});
      const answer = await owner.post(`${path}/deprecate`, said);
      expectProblem(answer, 400, 'validation_failed');
      expect(answer.body.errors[0].field).toBe(field);
      expect((await owner.get(path)).body.status).toBe('published');
    });

    it('not to a successor that is none of this API, or itself', async () => {
      const { path, version } = await newVersion();
      const elsewhere = await newVersion();
      await owner.post(`${path}/publish`, {});
      for (const successorId of [NOTHING, version.id, elsewhere.version.id])
        expectProblem(await owner.post(`${path}/deprecate`, { successorId }), 400, 'unknown_reference');
      expect((await owner.get(path)).body).toMatchObject({ status: 'published', successorId: null });
    });
  });

  it('are deleted as drafts or once they are retired, and not while callers may use them', async () => {
    const draft = await newVersion();
    expect((await owner.delete(draft.path)).status).toBe(204);
    expectProblem(await owner.get(draft.path), 404, 'not_found');
    const live = await newVersion();
    await owner.post(`${live.path}/publish`, {});
    expectProblem(await owner.delete(live.path), 409, 'version_in_use');
    await owner.post(`${live.path}/deprecate`, {});
    expectProblem(await owner.delete(live.path), 409, 'version_in_use');
    await owner.post(`${live.path}/retire`, {});
    expect((await owner.delete(live.path)).status).toBe(204);
  });
});
