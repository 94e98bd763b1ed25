import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { allowClient, undelivered } from '../../support/oauth.js';
import type { SignedIn } from '../../support/client.js';
import { bodyOf, operationsOf, type Document, type Operation } from '../../support/openapi.js';
import { fillLists, type ListParents } from '../../support/gateway.js';
import { expectProblem } from '../../support/problem.js';
import { sendRaw, statusesIn } from '../../support/raw.js';
import {
  WRONG_TYPES,
  INJECTIONS,
  UNREADABLE,
  DEPTH,
  BODY_LENGTH,
  QUERY_LENGTH,
  label,
  expectRefusal,
  longTexts,
  withTextAnywhere,
  expectUnpolluted,
  withMember,
} from '../../support/hostile-input.js';
import { expectSoon } from '../../support/soon.js';

/** Whose body is a document that a specification defines, and may say more than is read of it. */
const OF_OTHERS = ['PUT /v1/resources/{resource}/versions/{version}/openapi'];
/** Lists of what waits, where nothing does. */
const NOTHING_WAITS = ['/v1/limits/waiting', '/v1/mail/outbox'];

describe('hostile input', () => {
  let app: TestApp;
  let admin: SignedIn;
  let document: Document;
  let withBody: Operation[];
  let control: SignedIn;
  /** Its document is read for who may change it alone, and so only where there is one. */
  let api: Record<string, string>;

  beforeAll(async () => {
    app = await startApp();
    control = await app.as.member();
    // Not the one that the server starts with, for some routes end all sessions.
    const member = await app.as.member();
    await (await app.as.admin()).put(`/v1/users/${member.id}/roles`, { roles: ['admin', 'user'] });
    admin = await member.refreshed();
    api = await makeVersion();
    document = (await admin.get('/openapi.json')).body;
    withBody = operationsOf(document).filter((each) => bodyOf(document, each) !== undefined);
  });
  afterAll(() => app.close());

  /** What is written beside requests: events of failures, and what background jobs count and take by the clock. */
  const BESIDE = ['audit_events', 'activity_counts', 'usage_counts', 'usage_requests', 'leases'];
  /** How many rows each other table has. */
  const countRows = async () => {
    const tables = app.nest.get(DataSource).entityMetadatas.map(({ tableName }) => tableName);
    const counts = await Promise.all(
      tables
        .filter((table) => !BESIDE.includes(table))
        .map(async (table) => [table, (await app.database.query(`SELECT * FROM ${table}`)).length] as const),
    );
    return Object.fromEntries(counts);
  };

  const makeVersion = async () => {
    const made = async (path: string, body: object) => (await admin.post(path, body)).body.id as string;
    const resource = await made('/v1/resources', { identifier: 'https://api.example', name: 'API' });
    const upstreamId = await made('/v1/upstreams', { name: 'api', targets: [{ url: 'http://127.0.0.1:9' }] });
    const fields = { label: 'v1', selector: { kind: 'path', value: 'v1' }, upstreamId };
    return { resource, version: await made(`/v1/resources/${resource}/versions`, fields) };
  };

  /** Sends a body as it is to an operation, on something that is there. */
  const send = async ({ method, path }: Operation, body: string, at: Record<string, string> = {}) => {
    const ids = path.endsWith('/openapi') ? { ...api, ...at } : at;
    const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? control.id);
    const answer = await admin.send(method, target, body);
    expect(answer.status, `${method} ${target} ${body}: ${answer.text}`).toBeLessThan(500);
    return answer;
  };
  /** A body that would pass, but for what is put in. */
  const valid = (operation: Operation) => bodyOf(document, operation)!;

  /** The same server, the same people, nothing polluted. */
  const expectUnharmed = async () => {
    expect((await app.as.anonymous().get('/health/ready')).status).toBe(200);
    expect((await control.get('/v1/auth/whoami')).status).toBe(200);
    const forged = { authorization: `Bearer ${control.tokens.access_token}x` };
    expect((await app.as.anonymous().get('/v1/auth/whoami', forged)).status).toBe(401);
    expectUnpolluted();
    expect((await admin.get('/v1/auth/whoami')).status, 'whoever asked was let in').toBe(200);
  };
  afterEach(expectUnharmed);

  it('that is missing or of another type is told as that', async () => {
    const anonymous = app.as.anonymous();
    const told = async (path: string, body: object) =>
      (await anonymous.post(path, body)).body.errors
        .map(({ message }: { message: string }) => message)
        .toSorted();
    const missing = ['email must be a string', 'password must be a string'];
    expect(await told('/v1/auth/login', {})).toEqual(missing);
    expect(await told('/v1/auth/login', { email: null, password: 12345678 })).toEqual(missing);
    expect(await told('/v1/auth/signup', { email: [], password: {}, name: 1 })).toEqual([
      'email must be a string',
      'name must be a string',
      'password must be a string',
    ]);
    const role = { name: 'one', scopes: 'users:read' };
    expect((await admin.post('/v1/roles', role)).body.errors).toEqual([
      { field: 'scopes', message: 'scopes must be an array' },
    ]);
  });

  it('finds every route with a body', () => {
    expect(withBody.length).toBeGreaterThanOrEqual(12);
    expect(withBody.map(label)).toEqual(
      expect.arrayContaining(['POST /v1/auth/login', 'PATCH /v1/users/{id}', 'PUT /v1/users/{id}/roles']),
    );
  });

  it('of a wrong type in any field is a problem, or was right after all', { timeout: 120_000 }, async () => {
    const victim = await app.as.member();
    await admin.post('/v1/roles', { name: 'victim' });
    const at = { id: victim.id, name: 'victim' };
    for (const operation of withBody) {
      for (const field of Object.keys(valid(operation))) {
        for (const wrong of WRONG_TYPES) {
          const answer = await send(operation, JSON.stringify({ ...valid(operation), [field]: wrong }), at);
          const isFine = answer.status < 300 || answer.body?.code !== undefined;
          expect(isFine, `${label(operation)} ${field}=${JSON.stringify(wrong)}: ${answer.text}`).toBe(true);
        }
      }
    }
  });

  it('instead of an object is 400', async () => {
    const before = await countRows();
    for (const operation of withBody) {
      for (const body of ['[]', '[{}]', '"x"', '7', 'true', 'false', '[null]']) {
        expectRefusal(await send(operation, body));
      }
    }
    expect(await countRows()).toEqual(before);
  });

  it('that is null is a problem, or none was needed', async () => {
    for (const operation of withBody) {
      const answer = await send(operation, 'null');
      expect(answer.status < 300 || answer.body.code !== undefined, answer.text).toBe(true);
    }
  });

  it.each(['unknown', 'isAdmin', 'toString', 'hasOwnProperty', '', '$where', 'id;'])(
    'in a field that is unknown (%j) is 400',
    async (name) => {
      const before = await countRows();
      for (const operation of withBody.filter((each) => !OF_OTHERS.includes(label(each)))) {
        const answer = await send(operation, JSON.stringify({ ...valid(operation), [name]: 1 }));
        expectProblem(answer, 400, 'validation_failed');
        expect(answer.body.errors.map(({ field }: { field: string }) => field)).toContain(name);
      }
      expect(await countRows()).toEqual(before);
    },
  );

  it.each<[object, string[]]>([
    [{ email: { toString: 1 }, password: 'a long enough passphrase' }, ['email']],
    [{ email: ['a@example.com', { valueOf: null }] }, ['email', 'password']],
    [{ email: 'a@example.com', password: { hasOwnProperty: 'x', length: 12 } }, ['password']],
    [
      { email: 'a@example.com', password: 'a long enough passphrase', name: { constructor: { name: 'x' } } },
      ['name'],
    ],
    [{ email: 'no address', password: 'a long enough passphrase', toString: 'x' }, ['email', 'toString']],
  ])('with members that every object inherits says which field was wrong: %j', async (body, fields) => {
    const answer = await app.as.anonymous().post('/v1/auth/signup', body);
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
  });

  it('with such a member deep inside says where it was', async () => {
    const scopes: object[] = [{ name: 'a:b' }, { name: 'c:d', toString: 'x' }];
    const answer = await admin.post('/v1/resources', {
      identifier: 'https://deep.example',
      name: 'Deep',
      scopes,
    });
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body.errors).toEqual([
      { field: 'scopes.1.toString', message: 'property scopes.1.toString should not exist' },
    ]);
    const passkey = { id: 'x', response: { valueOf: 1 } };
    const login = await app.as.anonymous().post('/v1/auth/passkeys', { passkey });
    expect(login.body.errors).toEqual([
      { field: 'passkey.response.valueOf', message: 'property passkey.response.valueOf should not exist' },
    ]);
  });

  it.each([
    '"__proto__": {"polluted": true}',
    '"constructor": {"prototype": {"polluted": true}}',
    '"__proto__": null',
    '"\\u005f_proto__": {"polluted": true}',
    '"prototype": {"polluted": true}',
    '"scopes": [{"__proto__": {"polluted": true}}]',
  ])('that aims at the prototype (%s) is 400', async (member) => {
    const before = await countRows();
    for (const operation of withBody) {
      const { scopes: _, ...rest } = valid(operation);
      expectRefusal(await send(operation, withMember(rest, member)));
    }
    expectUnpolluted();
    expect(await countRows()).toEqual(before);
  });

  it('that aims at the prototype from the query or the headers is inert', async () => {
    for (const query of ['__proto__[polluted]=1', 'constructor[prototype][polluted]=1', '__proto__=1']) {
      expect((await admin.get(`/v1/users?${query}`)).status, query).toBe(400);
      expect((await admin.get(`/v1/me?${query}`)).status).toBeLessThan(500);
    }
    const lines = ['GET /health/live HTTP/1.1', 'Host: localhost', '__proto__: x', 'Connection: close'];
    expect(statusesIn(await sendRaw(app.url, `${lines.join('\r\n')}\r\n\r\n`))).toEqual([200]);
    expectUnpolluted();
  });

  it('with a key twice counts once, or not at all', async () => {
    const body = `{"email": "a@example.com", "email": "b@example.com", "password": "a long enough passphrase"}`;
    const answer = await app.as.anonymous().post('/v1/auth/signup', body);
    expect([201, 400]).toContain(answer.status);
    const made = await app.database.query(
      `SELECT id FROM users WHERE email IN ('a@example.com', 'b@example.com')`,
    );
    expect(made).toHaveLength(answer.status === 201 ? 1 : 0);
  });

  it.each([
    ['objects', '{"a":', '1', '}'],
    ['arrays', '[', '', ']'],
  ])('of %s in 10,000 others is refused, and soon', async (_, open, inside, close) => {
    const nested = open.repeat(DEPTH) + inside + close.repeat(DEPTH);
    const bodies = [nested, `{"email":${nested}}`, `{"scopes":${nested}}`].filter(
      ({ length }) => length < 65_000,
    );
    for (const operation of withBody) {
      for (const body of bodies) {
        await expectSoon(label(operation), async () => expectRefusal(await send(operation, body)));
      }
    }
  });

  it('of very long text, in any field, is refused or read, and soon', { timeout: 60_000 }, async () => {
    for (const text of longTexts(BODY_LENGTH)) {
      for (const operation of withBody) {
        for (const body of withTextAnywhere(valid(operation), text)) {
          const what = `${label(operation)} ${text.slice(0, 10)} ${JSON.stringify(body).slice(0, 100)}`;
          await expectSoon(what, async () => {
            expect((await send(operation, JSON.stringify(body))).status, what).not.toBe(413);
          });
        }
      }
    }
  });

  it.each(UNREADABLE)('with characters that are none (%s) is 400', async (text) => {
    const before = await countRows();
    for (const operation of withBody) {
      for (const field of Object.keys(valid(operation))) {
        const { [field]: _, ...rest } = valid(operation);
        const json = JSON.stringify(rest).replace(
          /\}$/,
          `${Object.keys(rest).length ? ',' : ''}"${field}":${text}}`,
        );
        expectRefusal(await send(operation, json));
      }
    }
    expect(await countRows()).toEqual(before);
  });

  describe('in the query', () => {
    /** Every path that pages; one that has to be told of what has a spec of its own. */
    const lists = (parents: Partial<ListParents> = {}) =>
      operationsOf(document)
        .filter(({ operation }) => operation.parameters?.some(({ name }) => name === 'limit'))
        .filter(({ path }) => path !== '/v1/usage/requests')
        .map(({ path }) =>
          path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parents[name as keyof ListParents] ?? admin.id),
        );

    it('is looked for on every list', () => {
      expect(lists().length).toBeGreaterThanOrEqual(8);
      expect(lists()).toEqual(expect.arrayContaining(['/v1/users', `/v1/users/${admin.id}/api-keys`]));
    });

    it.each([
      ...['0', '101', 'abc', '1e1', '-1', '1.5', '', ' 5', '+5', '0x10', '٣', '99999', 'null', 'NaN'].map(
        (limit) => `limit=${encodeURIComponent(limit)}`,
      ),
      'limit=1&limit=2',
      'limit[]=1',
      'limit[a]=1',
      'sort=email',
      'order=DESC',
      'where=1',
    ])('%s is 400', async (query) => {
      for (const path of lists())
        expectProblem(await admin.get(`${path}?${query}`), 400, 'validation_failed');
    });

    const changed = (cursor: string) => [
      (cursor.startsWith('A') ? 'B' : 'A') + cursor.slice(1),
      cursor.slice(0, -1),
      cursor.slice(0, 21),
      `${cursor}A`,
      `${cursor}=`,
      ` ${cursor}`,
    ];

    it('a cursor that is empty, forged, changed, cut, or of another list or server is 400', async () => {
      const cursorOf = async (path: string): Promise<string> => {
        const { body } = await admin.get(`${path}?limit=1`);
        return body.nextCursor;
      };
      await app.as.logIn(admin.email);
      for (const identifier of ['https://1.example', 'https://2.example'])
        await admin.post('/v1/resources', { identifier, name: 'X' });
      for (const name of ['one', 'two']) await admin.post('/v1/api-keys', { name, scopes: ['account:read'] });
      let client = '';
      for (const name of ['one', 'two']) {
        const { body } = await admin.post('/v1/oauth/clients', {
          name,
          redirectUris: ['https://1.example/cb'],
        });
        await allowClient(app, admin.id, body.id);
        client = body.id;
      }
      await allowClient(app, control.id, client);
      for (const id of ['one', 'two']) await app.database.run(undelivered(id, client));
      const parents = { ...(await fillLists(admin)), client };
      for (const path of lists(parents)) {
        const cursor = await cursorOf(path);
        const isOne = !NOTHING_WAITS.includes(path);
        expect(typeof cursor, path).toBe(isOne ? 'string' : 'object');
        expect((await admin.get(`${path}?cursor=${cursor}`)).status).toBe(isOne ? 200 : 400);
        const other = await cursorOf(path === '/v1/users' ? '/v1/roles' : '/v1/users');
        const wrong = [
          '',
          'x',
          'AAAA',
          other,
          ...(isOne ? changed(cursor) : []),
          Buffer.from('{"id":0}').toString('base64url'),
          'A'.repeat(400),
        ];
        for (const each of wrong) {
          const answer = await admin.get(`${path}?cursor=${encodeURIComponent(each)}`);
          expectProblem(answer, 400, 'invalid_cursor');
        }
        expect((await admin.get(`${path}?cursor=${cursor}&cursor=${cursor}`)).status).toBe(400);
        expect((await admin.get(`${path}?cursor=${'A'.repeat(600)}`)).status).toBe(400);
        expect((await admin.get(`${path}?cursor=%00`)).status).toBe(400);
      }
    });

    it('very long text, in any parameter, is refused or read, and soon', async () => {
      const seen = new Set<string>();
      for (const { method, path, operation } of operationsOf(document)) {
        for (const { name } of operation.parameters?.filter((each) => each.in === 'query') ?? []) {
          seen.add(name);
          for (const text of longTexts(QUERY_LENGTH)) {
            const query = `${name}=${encodeURIComponent(text)}`;
            await expectSoon(`${method} ${path}?${query.slice(0, 30)}`, async () => {
              const answer = await admin.send(method, `${path.replaceAll(/\{\w+\}/g, control.id)}?${query}`);
              expect([200, 400], answer.text).toContain(answer.status);
            });
          }
        }
      }
      expect([...seen]).toEqual(expect.arrayContaining(['actor', 'cursor', 'limit', 'since']));
    });

    it('a token is 400, wherever it is sent, and even next to a good one', async () => {
      const { access_token } = control.tokens;
      const answer = await app.as.anonymous().get(`/v1/me?access_token=${access_token}`);
      expectProblem(answer, 400, 'invalid_request');
      expectProblem(await control.get(`/v1/me?access_token=${access_token}`), 400, 'invalid_request');
    });
  });

  describe('of SQL', () => {
    it('in a path finds nothing', async () => {
      const before = await countRows();
      const paths = operationsOf(document).filter(
        ({ path, method }) => path.includes('{') && method !== 'PUT',
      );
      for (const operation of paths) {
        for (const sql of [...INJECTIONS, 'not-a-uuid', '0', 'null', 'undefined', '*', '%']) {
          const path = operation.path.replaceAll(/\{\w+\}/g, encodeURIComponent(sql));
          const body = bodyOf(document, operation);
          const { status, body: problem, text } = await admin.send(operation.method, path, body && '{}');
          expect([400, 404], `${operation.method} ${path}: ${text}`).toContain(status);
          const code = problem.code ?? problem.error;
          expect(code).toMatch(
            /^(not_found|validation_failed|unknown_.*|invalid_request|invalid_client_metadata)$/,
          );
        }
        const nul = await admin.send(operation.method, operation.path.replaceAll(/\{\w+\}/g, 'a%00b'));
        expect([400, 404]).toContain(nul.status);
      }
      expect(await countRows()).toEqual(before);
    });

    it('in a query finds nothing', async () => {
      for (const sql of INJECTIONS) {
        for (const name of ['actor', 'action']) {
          const { status, body } = await admin.get(`/v1/audit-events?${name}=${encodeURIComponent(sql)}`);
          expect([[], 'validation_failed'], `${status}`).toContainEqual(body.items ?? body.code);
        }
      }
    });

    it('in a body is text', async () => {
      const before = await countRows();
      for (const sql of INJECTIONS) {
        const login = await app.as.anonymous().post('/v1/auth/login', { email: sql, password: sql });
        expectProblem(login, 401, 'invalid_credentials');
        const { body } = await control.patch('/v1/me', { name: sql });
        expect(body.name).toBe(sql);
      }
      expect((await admin.get(`/v1/users/${control.id}`)).body.name).toBe(INJECTIONS.at(-1));
      expect(await countRows()).toEqual(before);
    });
  });
});
