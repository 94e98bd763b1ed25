// Has clients that nobody here wrote sign people in: through one node on SQLite, then through two on PostgreSQL.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDatabase } from './support/database.js';
import { freePort, ServerProcess } from '../../support/process.js';
import { RoundRobin } from '../../support/round-robin.js';
import { ADMIN_PASSWORD } from './support/gatehouse.js';

const HERE = import.meta.dirname;
/** What is the same on any number of nodes, or takes long. */
const ON_ONE_NODE = ['apache', 'browser', 'oracle', 'mcp-conformance', 'quick-starts'];

const LONGEST_MS = 180_000;

const wanted = process.argv.slice(2);
const certificates = makeCertificates();
try {
  await onOneNode(specs());
  await onTwoNodes(specs().filter((name) => !ON_ONE_NODE.includes(name)));
} finally {
  rmSync(certificates, { recursive: true, force: true });
}

function specs(): string[] {
  const all = readdirSync(HERE).flatMap((file) => /^(.+)\.spec\.ts$/.exec(file)?.[1] ?? []);
  return wanted.length === 0 ? all : all.filter((name) => wanted.includes(name));
}

async function onOneNode(names: string[]): Promise<void> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const server = await started(port, { PUBLIC_URL: url });
  await run(names, url, 'one node').finally(() => server.discard());
}

async function onTwoNodes(names: string[]): Promise<void> {
  if (names.length === 0) return;
  const ports = [await freePort(), await freePort()];
  const proxy = await new RoundRobin(ports.map((port) => `http://127.0.0.1:${port}`)).listen();
  await withDatabase(async (DATABASE_URL) => {
    const env = {
      PUBLIC_URL: proxy.url,
      DATABASE_URL,
      GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
    };
    const nodes = await Promise.all(ports.map((port) => started(port, env)));
    await run(names, proxy.url, 'two nodes').finally(() => Promise.all(nodes.map((node) => node.discard())));
  }).finally(() => proxy.close());
}

function started(port: number, env: Record<string, string>): Promise<ServerProcess> {
  return new ServerProcess(port, {
    NODE_ENV: 'development',
    ADMIN_PASSWORD,
    RATE_LIMIT: 'off',
    LOG_LEVEL: 'error',
    REGISTRATION: 'open',
    CLIENT_DOCUMENTS: 'on',
    OUTBOUND_ALLOW: 'localhost,127.0.0.1',
    NODE_EXTRA_CA_CERTS: join(certificates, 'ca.pem'),
    ...env,
  })
    .start()
    .then((server) => {
      if (server.exitCode === null) return server;
      throw new Error(`the server has ended: ${server.output}`);
    });
}

async function run(names: string[], url: string, title: string): Promise<void> {
  process.stdout.write(`\n-- ${names.join(', ')} on ${title}\n`);
  const files = names.map((name) => join(HERE, `${name}.spec.ts`));
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--test', '--test-reporter=spec', `--test-timeout=${LONGEST_MS}`, ...files],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        GATEHOUSE_URL: url,
        CERTIFICATES: certificates,
        NODE_EXTRA_CA_CERTS: join(certificates, 'ca.pem'),
      },
    },
  );
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`clients failed on ${title}`);
}

/** A certificate for localhost and the authority that signed it: metadata documents of clients are read by https alone. */
function makeCertificates(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-certificates-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test authority');
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key'];
  openssl(
    'req',
    '-x509',
    ...key,
    ...signed,
    '-keyout',
    'key.pem',
    '-out',
    'cert.pem',
    '-subj',
    '/CN=localhost',
    ...names,
    '-addext',
    'basicConstraints=critical,CA:false',
  );
  return folder;
}
