import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkRedis } from '../../../src/operations/cli/doctor/redis-check.js';
import { startApp } from '../../support/app.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';
import { runNode } from '../../support/run-node.js';

const hasOpenssl = spawnSync('openssl', ['version']).error === undefined;
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
const NAMES = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
const PATIENCE = { timeout: 5_000 };
const UNTRUSTED = /self-signed certificate/;

/** In the place of a Redis: a server with a certificate of its own for its address, which hears and then hangs up. */
describe.runIf(hasOpenssl)('rediss://', () => {
  const sockets = new Set<TLSSocket>();
  let folder: string;
  let certificate: string;
  let server: Server;
  let port: number;
  let url: string;
  let heard = '';
  let connections = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-redis-tls-'));
    const key = join(folder, 'server.key');
    certificate = join(folder, 'server.crt');
    const files = ['-keyout', key, '-out', certificate];
    execFileSync('openssl', ['req', '-x509', ...KEY, ...NAMES, ...files], { stdio: 'ignore' });
    server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (socket) => {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('data', (bytes) => {
          heard += String(bytes);
          socket.destroy();
        });
    });
    server.on('connection', () => connections++).on('tlsClientError', () => {});
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ({ port } = server.address() as AddressInfo);
    url = `rediss://ada:hunter2@127.0.0.1:${port}`;
  });
  beforeEach(() => {
    heard = '';
    connections = 0;
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** What the doctor finds who trusts the certificate. */
  const trusting = async (redisUrl: string): Promise<string> => {
    const { out } = await runNode(['dist/command-line.js', 'doctor'], {
      env: {
        DATABASE_URL: 'sqlite::memory:',
        GATEHOUSE_SECRET,
        REDIS_URL: redisUrl,
        NODE_EXTRA_CA_CERTS: certificate,
      },
    });
    return out;
  };

  it('speaks to a server whose certificate is trusted, under the name that is in it', async () => {
    await trusting(url);
    expect(heard).toContain('hunter2');
  });

  it('says nothing under another name', async () => {
    expect(await trusting(`rediss://ada:hunter2@localhost:${port}`)).toContain('altnames');
    expect(connections).toBeGreaterThan(0);
    expect(heard).toBe('');
  });

  it('says nothing to a server without a trusted certificate, and Gatehouse goes on without it', async () => {
    const app = await startApp({ env: { REDIS_URL: url, RATE_LIMIT: 'on' } });
    try {
      await app.as.member();
      // The one that counts, the one that tells and the one that listens.
      await expect.poll(() => connections, PATIENCE).toBeGreaterThanOrEqual(3);
      await expect.poll(() => app.log.join(''), PATIENCE).toMatch(UNTRUSTED);
      expect(app.log.join('')).toContain('this node counts for itself');
      expect(app.log.join('')).not.toContain('hunter2');
    } finally {
      await app.close();
    }
    expect(heard).toBe('');
  });

  it('says nothing to it from the doctor either, who finds it', async () => {
    const [found] = await checkRedis({ REDIS_URL: url } as never);
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringMatching(UNTRUSTED) });
    expect(connections).toBeGreaterThan(0);
    expect(heard).toBe('');
  });
});
