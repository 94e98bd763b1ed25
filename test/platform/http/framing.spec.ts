import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECURITY_HEADERS } from '../../../src/platform/http/security-headers.js';
import { ADMIN } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { expectProblem } from '../../support/problem.js';
import { sendRaw, statusesIn } from '../../support/raw.js';

const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`;
const POST = ['POST /v1/auth/login HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
/** What a smuggler hopes that the server reads as a second request. */
const SMUGGLED = lines('GET /health/live HTTP/1.1', 'Host: localhost');

describe('a request whose end is ambiguous', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it.each([
    [
      'with a length and chunks',
      lines(...POST, 'Content-Length: 6', 'Transfer-Encoding: chunked') + `0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'with chunks and a length',
      lines(...POST, 'Transfer-Encoding: chunked', 'Content-Length: 6') + `0\r\n\r\n${SMUGGLED}`,
    ],
    ['with two lengths', lines(...POST, 'Content-Length: 2', 'Content-Length: 30') + `{}${SMUGGLED}`],
    ['with a list of lengths', lines(...POST, 'Content-Length: 2, 2') + `{}${SMUGGLED}`],
    ['with a negative length', lines(...POST, 'Content-Length: -1') + SMUGGLED],
    ['with a length that is no number', lines(...POST, 'Content-Length: 0x2') + `{}${SMUGGLED}`],
    [
      'with a folded header',
      lines('GET /health/live HTTP/1.1', 'Host: localhost', 'X-A: b', ' c') + SMUGGLED,
    ],
    ['with lines that end in LF alone', `GET /health/live HTTP/1.1\nHost: localhost\n\n${SMUGGLED}`],
    ['with one header line that ends in LF alone', `${lines(...POST, 'X-A: b\nX-B: c')}${SMUGGLED}`],
    ['with a space before the colon', lines(...POST, 'Content-Length : 2') + `{}${SMUGGLED}`],
    ['with a control character in a header', lines(...POST, 'X-A: \0') + SMUGGLED],
    [
      'with an encoding that is not chunked last',
      lines(...POST, 'Transfer-Encoding: chunked, gzip') + SMUGGLED,
    ],
    ['with an unknown method', lines('FOO /health/live HTTP/1.1', 'Host: localhost') + SMUGGLED],
  ])('%s is refused, and what follows it is not read', async (_, bytes) => {
    const received = await sendRaw(app.url, bytes);
    expect(statusesIn(received), received).toEqual([400]);
    expect(received).toMatch(/\r\nConnection: close\r\n/i);
    expect(received).toMatch(/\r\nContent-Type: application\/problem\+json; charset=utf-8\r\n/i);
    for (const [name, value] of Object.entries(SECURITY_HEADERS))
      expect(received).toContain(`\r\n${name}: ${value}\r\n`);
    const document = JSON.parse(received.slice(received.indexOf('\r\n\r\n') + 4));
    expect(document).toMatchObject({ status: 400, code: expect.any(String) });
    expect(received).toContain(`\r\nX-Request-Id: ${document.instance}\r\n`);
  });

  it('is told apart from two requests that are not ambiguous', async () => {
    const last = lines('GET /health/live HTTP/1.1', 'Host: localhost', 'Connection: close');
    const received = await sendRaw(app.url, SMUGGLED + last);
    expect(statusesIn(received)).toEqual([200, 200]);
  });

  it.each([
    ['two hosts', ['Host: a', 'host: b']],
    ['two tokens', ['Host: a', 'Authorization: Bearer a', 'AUTHORIZATION: Bearer b']],
    ['two types', ['Host: a', 'Content-Type: application/json', 'Content-Type: text/plain']],
  ])('with %s is refused (RFC 9112 §3.2)', async (_, headers) => {
    const send = (...more: string[]) =>
      sendRaw(app.url, lines('GET /health/live HTTP/1.1', ...more, 'Connection: close'));
    expect(statusesIn(await send(...headers))).toEqual([400]);
    expect(statusesIn(await send(...headers.slice(0, -1)))).toEqual([200]);
  });

  it.each(['gzip', 'br', 'gzip, identity'])(
    'of which the body is encoded as %s is refused',
    async (encoding) => {
      const post = (headers: Record<string, string>) =>
        app.as.anonymous().post('/v1/auth/login', { email: ADMIN.email, password: ADMIN.password }, headers);
      expectProblem(await post({ 'content-encoding': encoding }), 415, 'unsupported_media_type');
      expect((await post({ 'content-encoding': 'identity' })).status).toBe(200);
    },
  );

  it('without a host is refused by a problem, but where hosts were not known', async () => {
    const received = await sendRaw(app.url, lines('GET /health/live HTTP/1.1', 'Connection: close'));
    expect(statusesIn(received)).toEqual([400]);
    expect(received).toContain('application/problem+json');
    expect(statusesIn(await sendRaw(app.url, lines('GET /health/live HTTP/1.0')))).toEqual([200]);
  });

  it('leaves the server as it was', async () => {
    expect((await app.as.anonymous().get('/health/ready')).status).toBe(200);
    expect((await (await app.as.admin()).get('/v1/auth/whoami')).status).toBe(200);
  });
});
