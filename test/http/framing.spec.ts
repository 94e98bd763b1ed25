import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { sendRaw, statusesIn } from '../support/raw.js';

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
    const document = JSON.parse(received.slice(received.indexOf('\r\n\r\n') + 4));
    expect(document).toMatchObject({ status: 400, code: expect.any(String) });
    expect(received).toContain(`\r\nX-Request-Id: ${document.instance}\r\n`);
  });

  it('is told apart from two requests that are not ambiguous', async () => {
    const last = lines('GET /health/live HTTP/1.1', 'Host: localhost', 'Connection: close');
    const received = await sendRaw(app.url, SMUGGLED + last);
    expect(statusesIn(received)).toEqual([200, 200]);
  });

  it('with two hosts is refused (RFC 9112 §3.2)', async () => {
    const bytes = lines('GET /health/live HTTP/1.1', 'Host: a', 'Host: b', 'Connection: close');
    expect(statusesIn(await sendRaw(app.url, bytes))).toEqual([400]);
  });

  it('without a host is refused', async () => {
    const bytes = lines('GET /health/live HTTP/1.1', 'Connection: close');
    expect(statusesIn(await sendRaw(app.url, bytes))).toEqual([400]);
  });

  it('leaves the server as it was', async () => {
    expect((await app.as.anonymous().get('/health/ready')).status).toBe(200);
    expect((await (await app.as.admin()).get('/v1/auth/whoami')).status).toBe(200);
  });
});
