import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { expectProblem } from '../../support/problem.js';
import { sendRaw, statusesIn } from '../../support/raw.js';

const SENDER = join(import.meta.dirname, '../../support/send-at-once.mjs');
const JSON_TYPE = 'Content-Type: application/json';
const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`;
const request = (start: string, ...headers: string[]) =>
  lines(`${start} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers);

/** Types that clients name for a body that is not there, or that no client should name. */
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded;charset=UTF-8',
  'text/plain;charset=UTF-8',
  'application/octet-stream',
  'multipart/form-data; boundary=x',
  'application/x-ndjson',
  'application/xml',
  'undefined',
  'json',
  '',
];

describe('an empty body', () => {
  let app: TestApp;
  beforeAll(async () => (app = await startApp()));
  afterAll(() => app.close());

  it.each(TYPES)('of the type %j is no body', async (type) => {
    const { tokens } = await app.as.member();
    const authorization = `Authorization: Bearer ${tokens.access_token}`;
    const empty = [`Content-Type: ${type}`, 'Content-Length: 0', authorization];
    const statuses: number[] = [];
    for (const start of ['POST /v1/me/factors/totp', 'DELETE /v1/me/sessions', 'GET /v1/me'])
      statuses.push(...statusesIn(await sendRaw(app.url, request(start, ...empty))));
    // The session has ended before, which is another refusal than that of a type.
    expect(statuses).toEqual([201, 204, 401]);
  });

  it.each(TYPES.filter((type) => type.includes('/')))(
    'in chunks, of the type %j, is no body',
    async (type) => {
      const { tokens } = await app.as.member();
      const head = request(
        'POST /v1/auth/logout',
        `Content-Type: ${type}`,
        'Transfer-Encoding: chunked',
        `Authorization: Bearer ${tokens.access_token}`,
      );
      expect(statusesIn(await sendRaw(app.url, `${head}0\r\n\r\n`))).toEqual([204]);
    },
  );

  it('is told apart from one with content, which is refused for its type as ever', async () => {
    const body = JSON.stringify({ email: 'nobody@example.com', password: PASSWORD });
    for (const type of TYPES.filter((each) => !each.startsWith('application/json'))) {
      const length = `Content-Length: ${body.length}`;
      const received = await sendRaw(
        app.url,
        request('POST /v1/auth/login', `Content-Type: ${type}`, length) + body,
      );
      expect(statusesIn(received), type).toEqual([415]);
    }
  });

  it('still needs the fields that a body needs', async () => {
    const received = await sendRaw(
      app.url,
      request('POST /v1/auth/login', 'Content-Type: text/plain', 'Content-Length: 0'),
    );
    expect(statusesIn(received)).toEqual([400]);
    expect(received).toContain('validation_failed');
  });
});

describe('a body that is not UTF-8', () => {
  let app: TestApp;
  beforeAll(async () => (app = await startApp()));
  afterAll(() => app.close());

  const post = (
    path: string,
    type: string,
    body: Buffer<ArrayBuffer>,
    headers: Record<string, string> = {},
  ) => fetch(app.url + path, { method: 'POST', headers: { 'content-type': type, ...headers }, body });
  const signUp = (encoding: BufferEncoding, type = 'application/json', mark = '') => {
    const email = `umlaut-${Math.random()}@example.com`;
    const text = `${mark}${JSON.stringify({ email, password: 'müller-secret-1' })}`;
    return post('/v1/auth/signup', type, Buffer.from(text, encoding));
  };
  const count = async () => {
    const [row] = await app.database.query<{ users: number }>('SELECT count(*) AS users FROM users');
    return Number(row!.users);
  };

  it.each([
    ['latin1', 'application/json', 400, 'malformed_request'],
    ['latin1', 'application/json; charset=utf-8', 400, 'malformed_request'],
    ['utf16le', 'application/json', 400, 'malformed_request'],
    ['utf8', 'application/json; charset=iso-8859-1', 415, 'unsupported_media_type'],
    ['latin1', 'application/json; charset="ISO-8859-1"', 415, 'unsupported_media_type'],
    ['utf8', 'application/json; charset=utf-8; charset=utf-16', 415, 'unsupported_media_type'],
    ['utf16le', 'application/json;charset=UTF-16', 415, 'unsupported_media_type'],
  ] as const)('but %s, said to be %s, is refused', async (encoding, type, status, code) => {
    const before = await count();
    const answer = await signUp(encoding, type);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code });
    expect(await count()).toBe(before);
  });

  it.each(['application/json', 'application/json;charset=UTF-8', 'application/json; Charset="utf8"'])(
    'is told apart from one that is, as %s',
    async (type) => {
      expect((await signUp('utf8', type)).status).toBe(201);
      expect((await signUp('utf8', type, '\ufeff')).status, 'with a byte order mark').toBe(201);
    },
  );

  it.each(['half a \ud800 pair', 'an overlong \xc0\xaf'])('is refused with %j too', async (text) => {
    const bytes = Buffer.from(text, 'latin1');
    const body = Buffer.concat([Buffer.from('{"email":"'), bytes, Buffer.from('\xff"}', 'latin1')]);
    expect((await post('/v1/auth/login', 'application/json', body)).status).toBe(400);
  });

  it('is refused in a form, escaped or not, and a form in UTF-8 is taken', async () => {
    const admin = await app.as.admin();
    const form = (body: string, type = 'application/x-www-form-urlencoded') =>
      post('/v1/tokens/introspect', type, Buffer.from(body, 'latin1'), admin.headers);
    expect((await form('token=m%FCller')).status).toBe(400);
    expect((await form('token=m\xfcller')).status).toBe(400);
    expect(
      (await form('token=m%C3%BCller', 'application/x-www-form-urlencoded; charset=latin1')).status,
    ).toBe(415);
    expect((await form('token=m%C3%BCller+x&token_type_hint=')).status).toBe(200);
  });

  it('is refused line by line in an import, and as a whole when it says another charset', async () => {
    const admin = await app.as.admin();
    const line = (email: string) => `${JSON.stringify({ email, name: 'René' })}\n`;
    const send = (encoding: BufferEncoding, type: string) =>
      post('/v1/users/import', type, Buffer.from(line('rene@example.com'), encoding), admin.headers);
    const bad = await send('latin1', 'application/x-ndjson');
    expect(await bad.json()).toMatchObject({ created: 0, failed: 1 });
    expect((await send('utf8', 'application/x-ndjson; charset=latin1')).status).toBe(415);
    expect((await send('utf8', 'application/x-ndjson; charset=utf-8')).status).toBe(200);
  });
});

describe('a body that is too large', () => {
  let app: TestApp;
  beforeAll(async () => (app = await startApp()));
  afterAll(() => app.close());

  const LARGE = 3_000_000;
  const TIMES = 25;

  /** Sends so much at once, from another process, and gives what each time came back. */
  async function sendAtOnce(head: string, tail: string): Promise<{ statuses: number[]; error?: string }[]> {
    const args = [SENDER, app.url, String(TIMES), head, tail, String(LARGE)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return JSON.parse(stdout);
  }

  const length = `Content-Length: ${LARGE}`;
  it.each([
    ['with its length', request('POST /v1/auth/login', JSON_TYPE, length), '', 413],
    [
      'in chunks',
      request('POST /v1/auth/login', JSON_TYPE, 'Transfer-Encoding: chunked') + `${LARGE.toString(16)}\r\n`,
      '\r\n0\r\n\r\n',
      413,
    ],
    ['of another type', request('POST /v1/auth/login', 'Content-Type: text/plain', length), '', 415],
    ['for another method', request('PUT /v1/auth/login', JSON_TYPE, length), '', 405],
    ['to a page', request('POST /login', 'Content-Type: application/x-www-form-urlencoded', length), '', 413],
    ['for another path', request('POST /nope', JSON_TYPE, length), '', 413],
    [
      'to import, without a token',
      request('POST /v1/users/import', 'Content-Type: application/x-ndjson', length),
      '',
      401,
    ],
    ['in the headers', `GET /v1/me HTTP/1.1\r\nHost: localhost\r\nX-A: `, '', 431],
  ])('%s hears why, every time', async (_, head, tail, status) => {
    const heard = await sendAtOnce(head, tail);
    expect(heard).toEqual(Array.from({ length: TIMES }, () => ({ statuses: [status] })));
  });

  it('is told by a problem to a client that asks as usual, and the next request is answered', async () => {
    const anonymous = app.as.anonymous();
    expectProblem(await anonymous.post('/v1/auth/login', 'x'.repeat(LARGE)), 413, 'payload_too_large');
    expect((await anonymous.get('/health/live')).status).toBe(200);
  });
});
