import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from '../../../src/platform/config/load-settings.js';
import { DocumentsService } from '../../../src/platform/outbound/documents.service.js';
import { OutboundRefused } from '../../../src/platform/outbound/outbound.errors.js';
import { OutboundService } from '../../../src/platform/outbound/outbound.service.js';
import { clock, MINUTE } from '../../support/clock.js';
import { OtherServer } from '../../support/other-server.js';

const settings = (env: Record<string, string> = {}) =>
  loadSettings({
    NODE_ENV: 'test',
    DATABASE_URL: 'sqlite::memory:',
    GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
    ...env,
  });
const open = new OutboundService(settings({ OUTBOUND_ALLOW: '127.0.0.1' }));
const closed = new OutboundService(settings());
let server: OtherServer;

beforeAll(async () => {
  server = await OtherServer.start();
});
beforeEach(() => {
  server.asked.length = 0;
  server.publish({ a: 1 });
});
afterAll(() => server.close());

/** Why it was not fetched; fails for what was. */
const expectRefusal = (work: Promise<unknown>) => expect(work).rejects.toThrow(OutboundRefused);

describe('what is asked of another server', () => {
  it.each([
    'https://127.0.0.1/x',
    'https://127.1/x',
    'https://2130706433/x',
    'https://0x7f000001/x',
    'https://0177.0.0.1/x',
    'https://0/x',
    'https://[::1]/x',
    'https://[::ffff:127.0.0.1]/x',
    'https://[::ffff:7f00:1]/x',
    'https://[::7f00:1]/x',
    'https://[64:ff9b::7f00:1]/x',
    'https://[64:ff9b:1::7f00:1]/x',
    'https://[2002:7f00:1::]/x',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/',
    'https://10.0.0.1/x',
    'https://localhost/x',
    'https://localhost./x',
    'https://①②⑦.⓪.⓪.①/x',
    'http://example.com/x',
    'ftp://example.com/x',
    'file:///etc/passwd',
    'gopher://127.0.0.1/x',
    'data:application/json,{}',
    'https://user:secret@example.com/x',
    'https://example.com/x#y',
    '//example.com/x',
    'example.com',
    '',
  ])('is never %s', async (url) => {
    await expectRefusal(closed.send({ url, limit: 1_000 }));
  });

  it('is refused before anything is stored, where the URL says so by itself', () => {
    expect(() => closed.checked('https://127.0.0.1/')).toThrow(OutboundRefused);
    expect(closed.checked('https://example.com/x').href).toBe('https://example.com/x');
  });

  it('says nothing of what answers in the network', async () => {
    const [there, nothing] = await Promise.all(
      [server.at('/'), 'http://127.0.0.1:1/'].map((url) =>
        closed
          .send({ url: url.replace('http:', 'https:'), limit: 10 })
          .catch((error: Error) => error.message),
      ),
    );
    expect(there).toBe(nothing);
  });

  it('goes to what the operator has named', async () => {
    const { status, body } = await open.send({
      url: server.at('/x'),
      limit: 1_000,
      accept: 'application/json',
    });
    expect([status, body]).toEqual([200, '{"a":1}']);
    expect(server.asked[0]!.headers).toMatchObject({
      accept: 'application/json',
      'accept-encoding': 'identity',
    });
    expect(server.asked[0]!.headers).not.toHaveProperty('cookie');
  });

  it('follows no redirect', async () => {
    server.answer = (_request, response) =>
      void response.writeHead(302, { location: server.at('/secret') }).end();
    expect((await open.send({ url: server.at('/'), limit: 1_000 })).status).toBe(302);
    expect(server.asked).toHaveLength(1);
  });

  it('takes no body beyond its limit, whatever its length claims', async () => {
    server.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(1_000)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    const before = process.memoryUsage().rss;
    await expectRefusal(open.send({ url: server.at('/'), limit: 5_000 }));
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  it('takes no compressed body: a small one could become a large one', async () => {
    server.answer = (_request, response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(1_000_000)));
    await expectRefusal(open.send({ url: server.at('/'), limit: 5_000 }));
  });

  it('waits five seconds in all for a body that comes a byte at a time', { timeout: 10_000 }, async () => {
    server.answer = (_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 200);
      response.on('close', () => clearInterval(timer));
    };
    const startedAt = performance.now();
    await expectRefusal(open.send({ url: server.at('/'), limit: 5_000 }));
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });

  it('fails when the answer breaks off', async () => {
    server.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('x');
      setImmediate(() => response.destroy());
    };
    await expectRefusal(open.send({ url: server.at('/'), limit: 5_000 }));
  });
});

describe('a document', () => {
  const make = () => new DocumentsService(open);

  it('is fetched once for many who ask at once, and kept for a minute at least', async () => {
    clock.stop();
    const documents = make();
    server.publish({ a: 1 }, { 'cache-control': 'no-store' });
    const url = server.at('/doc');
    await Promise.all(Array.from({ length: 10 }, () => documents.get(url, 1_000)));
    expect(server.asked).toHaveLength(1);
    clock.forward(MINUTE - 1_000);
    await documents.get(url, 1_000);
    expect(server.asked).toHaveLength(1);
    clock.forward(2_000);
    await documents.get(url, 1_000);
    expect(server.asked).toHaveLength(2);
    clock.release();
  });

  it('is kept for as long as it says, and a day at most', async () => {
    clock.stop();
    const documents = make();
    for (const [maxAge, kept] of [
      [600, 600],
      [10, 60],
      [999_999_999, 86_400],
    ] as const) {
      server.publish({}, { 'cache-control': `public, max-age=${maxAge}` });
      const { expiresAt } = await documents.get(server.at(`/${maxAge}`), 1_000);
      expect(expiresAt - Date.now()).toBe(kept * 1_000);
    }
    clock.release();
  });

  it('that cannot be fetched is not asked for again for half a minute', async () => {
    clock.stop();
    const documents = make();
    server.answer = (_request, response) => void response.writeHead(500).end();
    const url = server.at('/broken');
    await expectRefusal(documents.get(url, 1_000));
    await expectRefusal(documents.get(url, 1_000));
    expect(server.asked).toHaveLength(1);
    server.publish({ a: 1 });
    clock.forward(31_000);
    expect((await documents.get(url, 1_000)).document).toEqual({ a: 1 });
    clock.release();
  });

  it.each(['', 'nothing', '[]', '"text"', 'null', '1', '{"a":'])(
    'is a JSON object, and not %s',
    async (body) => {
      server.answer = (_request, response) => void response.end(body);
      await expectRefusal(make().get(server.at('/'), 1_000));
    },
  );

  it('comes with 200 alone', async () => {
    for (const status of [201, 204, 301, 404]) {
      server.answer = (_request, response) => void response.writeHead(status).end('{}');
      await expectRefusal(make().get(server.at('/'), 1_000));
    }
  });
});
