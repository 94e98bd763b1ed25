import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { freePort, GATEHOUSE_SECRET, ServerProcess } from '../../support/process.js';

const ADMIN_PASSWORD = 'the first admin of this one';
/** As on a machine where as many hashes are computed at a time as ever are. */
const MANY_CORES = `data:text/javascript,${encodeURIComponent(
  `import os from 'node:os'; import { syncBuiltinESMExports } from 'node:module';
   os.availableParallelism = () => 16; syncBuiltinESMExports();`,
)}`;
const KEY = 'A'.repeat(43);
const SALT = 'c2FsdHNhbHRzYWx0';
/** Each asks for as much as it may. */
const HASHES = [
  `$argon2id$v=19$m=131072,t=4,p=1$${SALT}$${KEY}`,
  `$argon2i$v=19$m=131072,t=4,p=1$${SALT}$${KEY}`,
  `$scrypt$ln=17,r=8,p=1$${SALT}$${KEY}`,
  `$scrypt$ln=14,r=64,p=1$${SALT}$${KEY}`,
];
const PEOPLE = 8;

describe('hashes that were brought along', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    const env = { ADMIN_PASSWORD, GATEHOUSE_SECRET, DATABASE_URL: 'sqlite:g.db', LOG_LEVEL: 'warn' };
    server = await new ServerProcess(await freePort(), env, { preload: MANY_CORES }).start();
  });
  afterAll(() => server.discard());

  const post = (path: string, body: string, type = 'application/json', token = '') =>
    fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': type, ...(token && { authorization: `Bearer ${token}` }) },
      body,
    });
  const logIn = (email: string, password: string) =>
    post('/v1/auth/login', JSON.stringify({ email, password }));
  const peak = () => {
    const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))!;
    return Number(kib) / 1024;
  };

  it('take no more memory than deploy/kubernetes.yaml gives, with every core at work', async () => {
    const [deployment] = parseAllDocuments(readFileSync('deploy/kubernetes.yaml', 'utf8'))
      .map((document) => document.toJS() as any)
      .filter(({ kind }) => kind === 'Deployment');
    const [, limit] = /^(\d+)Mi$/.exec(deployment.spec.template.spec.containers[0].resources.limits.memory)!;

    const { access_token } = (await (await logIn('admin@localhost', ADMIN_PASSWORD)).json()) as any;
    const people = Array.from({ length: PEOPLE }, (_, n) => ({
      email: `p${n}@example.com`,
      passwordHash: HASHES[n % HASHES.length],
    }));
    const lines = people.map((each) => JSON.stringify(each)).join('\n');
    const imported = await post('/v1/users/import', lines, 'application/x-ndjson', access_token);
    expect(await imported.json()).toMatchObject({ created: PEOPLE, failed: 0 });

    const unknown = Array.from({ length: PEOPLE }, (_, n) => `nobody${n}@example.com`);
    const emails = people.flatMap(({ email }, n) => [email, unknown[n]!]);
    const answers = await Promise.all(emails.map((email) => logIn(email, 'not the password')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(peak()).toBeLessThan(Number(limit));
  });
});
