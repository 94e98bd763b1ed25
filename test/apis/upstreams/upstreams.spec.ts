import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { expectOnly } from '../../support/expect-only.js';
import { expectProblem } from '../../support/problem.js';
import { freePort } from '../../support/process.js';
import { Upstream } from '../../support/upstream.js';

const NOTHING = '01890a5d-ac96-774b-bcce-b302099a8057';
const TARGETS = [{ url: 'http://10.0.0.7:9000', weight: 1 }];

describe('upstreams', () => {
  let app: TestApp;
  let keeper: SignedIn;
  let reader: SignedIn;
  let count = 0;

  beforeAll(async () => {
    app = await startApp();
    keeper = await app.as.holderOf('gateway:read', 'gateway:write');
    reader = await app.as.holderOf('gateway:read');
  });
  afterAll(() => app.close());

  const newName = () => `items-${++count}`;
  const make = async (more: object = {}) => {
    const answer = await keeper.post('/v1/upstreams', { name: newName(), targets: TARGETS, ...more });
    expect(answer.status, answer.text).toBe(201);
    return answer.body;
  };
  const refused = async (fields: object) => {
    const answer = await keeper.post('/v1/upstreams', { name: newName(), targets: TARGETS, ...fields });
    expectProblem(answer, 400, 'validation_failed');
    return answer.body.errors.map(({ field }: { field: string }) => field) as string[];
  };

  it('are made with a name and targets, and usual times for the rest', async () => {
    const targets = [{ url: 'http://10.0.0.7:9000' }, { url: 'https://items.example/v2', weight: 3 }];
    const made = await make({ name: 'items', targets });
    expect(made).toEqual({
      id: expect.any(String),
      name: 'items',
      targets: [
        { url: 'http://10.0.0.7:9000', weight: 1 },
        { url: 'https://items.example/v2', weight: 3 },
      ],
      balance: 'weighted',
      identity: 'token',
      preserveHost: false,
      timeouts: { connect: 5, head: 30, idle: 60, streamIdle: 300, clientIdle: 60 },
      breaker: { failures: 5, open: 10 },
      hasTls: false,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect((await reader.get(`/v1/upstreams/${made.id}`)).body).toEqual(made);
  });

  it('change in what is named, and stay in the rest', async () => {
    const { id, name } = await make({ timeouts: { head: 3 }, breaker: { failures: 2 } });
    const changed = await keeper.patch(`/v1/upstreams/${id}`, {
      identity: 'none',
      timeouts: { idle: 9 },
      breaker: { open: 1.5 },
    });
    expect(changed.body).toMatchObject({
      name,
      identity: 'none',
      targets: TARGETS,
      timeouts: { connect: 5, head: 3, idle: 9, streamIdle: 300, clientIdle: 60 },
      breaker: { failures: 2, open: 1.5 },
    });
    expect((await keeper.patch(`/v1/upstreams/${id}`, {})).body).toMatchObject({ identity: 'none' });
  });

  it('keep each of two changes that are made at once', async () => {
    const { id } = await make();
    const changes = [{ balance: 'least-pending' }, { identity: 'headers' }, { preserveHost: true }];
    const answers = await Promise.all(changes.map((change) => keeper.patch(`/v1/upstreams/${id}`, change)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { body } = await reader.get(`/v1/upstreams/${id}`);
    expect(body).toMatchObject({ balance: 'least-pending', identity: 'headers', preserveHost: true });
  });

  it('have names of their own, also when two are made at once', async () => {
    const name = newName();
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => keeper.post('/v1/upstreams', { name, targets: TARGETS })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409]);
    const other = await make();
    expectProblem(await keeper.patch(`/v1/upstreams/${other.id}`, { name }), 409, 'upstream_name_taken');
    expect((await reader.get(`/v1/upstreams/${other.id}`)).body.name).toBe(other.name);
  });

  it('are listed oldest first, a page at a time', async () => {
    const { id: first } = await make();
    const { id: second } = await make();
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await reader.get(`/v1/upstreams?limit=2${query}`);
      expect(body.items.length).toBeLessThanOrEqual(2);
      ids.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining([first, second]));
  });

  it('are gone once they are deleted, unless a version points to them', async () => {
    const { id, name } = await make();
    expect((await keeper.delete(`/v1/upstreams/${id}`)).status).toBe(204);
    expectProblem(await reader.get(`/v1/upstreams/${id}`), 404, 'not_found');
    expectProblem(await keeper.delete(`/v1/upstreams/${id}`), 404, 'not_found');
    const again = await make({ name });
    const admin = await app.as.admin();
    const api = await admin.post('/v1/resources', { identifier: 'https://used.example', name: 'Used' });
    const path = `/v1/resources/${api.body.id}/versions`;
    const selector = { kind: 'path', value: 'v1' };
    const version = await admin.post(path, { label: 'v1', selector, upstreamId: again.id });
    expectProblem(await keeper.delete(`/v1/upstreams/${again.id}`), 409, 'upstream_in_use');
    await admin.delete(`${path}/${version.body.id}`);
    expect((await keeper.delete(`/v1/upstreams/${again.id}`)).status).toBe(204);
  });

  it('are for those with the scopes, and nothing is there for an id that is none', async () => {
    const { id } = await make();
    const member = await app.as.member();
    const anonymous = app.as.anonymous();
    const body = { name: newName(), targets: TARGETS };
    expectProblem(await anonymous.get('/v1/upstreams'), 401, 'unauthenticated');
    expectProblem(await member.get(`/v1/upstreams/${id}`), 403, 'insufficient_scope');
    expectProblem(await reader.post('/v1/upstreams', body), 403, 'insufficient_scope');
    expectProblem(await reader.patch(`/v1/upstreams/${id}`, { name: 'x' }), 403, 'insufficient_scope');
    expectProblem(await reader.delete(`/v1/upstreams/${id}`), 403, 'insufficient_scope');
    expectProblem(await reader.post(`/v1/upstreams/${id}/check`, {}), 403, 'insufficient_scope');
    for (const wrong of [NOTHING, 'x', "'"]) {
      expectProblem(await keeper.get(`/v1/upstreams/${wrong}`), 404, 'not_found');
      expectProblem(await keeper.patch(`/v1/upstreams/${wrong}`, { name: 'x' }), 404, 'not_found');
      expectProblem(await keeper.post(`/v1/upstreams/${wrong}/check`, {}), 404, 'not_found');
    }
  });

  it('leave a trail of what was done to them, without what TLS needs', async () => {
    const tls = { serverName: 'secret.example' };
    const actions = ['upstream.created', 'upstream.updated', 'upstream.deleted'];
    await expectOnly(app, actions, async () => {
      const { id } = await make({ tls });
      await keeper.patch(`/v1/upstreams/${id}`, { tls: null });
      await keeper.delete(`/v1/upstreams/${id}`);
    });
    const rows = await app.database.query<{ action: string; detail: string }>(
      `SELECT action, detail FROM audit_events WHERE action LIKE 'upstream.%' ORDER BY id`,
    );
    expect(rows.slice(-3).map(({ action }) => action)).toEqual(actions);
    expect(JSON.stringify(rows)).not.toContain('secret.example');
    expect(JSON.parse(rows.at(-2)!.detail)).toMatchObject({ changed: ['tls'] });
  });

  describe('have targets that', () => {
    it.each([
      'http://10.0.0.7',
      'https://items.example:8443',
      'http://items.example/base/path',
      'http://[fd00::7]:80/',
      'HTTPS://Items.Example',
    ])('may be %j', async (url) => {
      expect((await make({ targets: [{ url }] })).targets).toEqual([{ url, weight: 1 }]);
    });

    it.each([
      'ftp://items.example',
      'items.example',
      'http://user:word@items.example',
      'http://items.example/?a=1',
      'http://items.example/#a',
      'http://items.example/../b',
      'http://items.example/a b',
      'http://items.example/%2e%2e',
      'http://items.example\\@other.example',
      'http://items.example:0',
      'http://items.example:99999',
      'javascript:alert(1)',
      'file:///etc/passwd',
      `http://items.example/${'a'.repeat(500)}`,
      '',
      7,
      null,
    ])('may not be %j', async (url) => {
      expect(await refused({ targets: [{ url }] })).toEqual(['targets.0.url']);
    });

    it('are one to 32, distinct, with a weight each', async () => {
      const many = (size: number) =>
        Array.from({ length: size }, (_, at) => ({ url: `http://10.0.1.${at}` }));
      expect((await make({ targets: many(32) })).targets).toHaveLength(32);
      expect(await refused({ targets: many(33) })).toEqual(['targets']);
      expect(await refused({ targets: [] })).toEqual(['targets']);
      expect(await refused({ targets: [...TARGETS, ...TARGETS] })).toEqual(['targets']);
      expect(await refused({ targets: {} })).toContain('targets');
      for (const weight of [0, -1, 1.5, 1001, '1', null])
        expect(await refused({ targets: [{ ...TARGETS[0], weight }] }), String(weight)).toEqual([
          'targets.0.weight',
        ]);
    });
  });

  it.each<[string, object, string]>([
    ['no name', { name: '' }, 'name'],
    ['a long name', { name: 'a'.repeat(101) }, 'name'],
    ['a name of two lines', { name: 'a\nb' }, 'name'],
    ['an identity that is none', { identity: 'basic' }, 'identity'],
    ['a balance that is none', { balance: 'random' }, 'balance'],
    ['a flag that is none', { preserveHost: 'yes' }, 'preserveHost'],
    ['no time at all', { timeouts: { head: 0 } }, 'timeouts.head'],
    ['a time without end', { timeouts: { connect: 61 } }, 'timeouts.connect'],
    ['a time that is none', { timeouts: { idle: '60' } }, 'timeouts.idle'],
    ['a list of times', { timeouts: [] }, 'timeouts'],
    ['half a failure', { breaker: { failures: 0.5 } }, 'breaker.failures'],
    ['a certificate that is none', { tls: { ca: 'AAAA' } }, 'tls.ca'],
    ['a name of a server that is none', { tls: { serverName: 'a b' } }, 'tls.serverName'],
    ['a field that there is not', { retries: 3 }, 'retries'],
  ])('are refused with %s', async (_, fields, field) => {
    expect(await refused(fields)).toEqual([field]);
  });

  it('say which of their targets can be reached', async () => {
    const service = await Upstream.start();
    const port = await freePort();
    try {
      const targets = [{ url: service.url }, { url: `http://127.0.0.1:${port}` }];
      const { id } = await make({ targets });
      const { status, body } = await keeper.post(`/v1/upstreams/${id}/check`, {});
      expect(status).toBe(200);
      expect(body).toEqual([
        { url: service.url, isReachable: true, reason: null },
        { url: `http://127.0.0.1:${port}`, isReachable: false, reason: 'ECONNREFUSED' },
      ]);
      expect(service.seen).toEqual([]);
    } finally {
      await service.close();
    }
  });
});
