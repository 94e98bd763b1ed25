// Lints /openapi.json, generates clients from it, compiles them, and has each finish a login with a second factor.
import { TOTP } from 'otpauth';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const PASSWORD = 'a long enough passphrase';
const WAIT_MS = 60_000;

const port = await freePort();
const base = `http://localhost:${port}`;
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-clients-'));
const server = spawn(process.execPath, [resolve('../../dist/main.js')], {
  cwd: folder,
  env: { ...process.env, PORT: String(port), PUBLIC_URL: base, NODE_ENV: 'development', RATE_LIMIT: 'off' },
  stdio: ['ignore', 'ignore', 'inherit'],
});
try {
  await untilReady();
  mkdirSync('generated', { recursive: true });
  writeFileSync('generated/openapi.json', await (await fetch(`${base}/openapi.json`)).text());
  run('redocly', 'lint', 'generated/openapi.json');
  run(
    'spectral',
    'lint',
    'generated/openapi.json',
    '--ruleset',
    'spectral.yaml',
    '--fail-severity',
    'error',
    '--quiet',
  );
  run('openapi-typescript', 'generated/openapi.json', '-o', 'generated/openapi-typescript.ts');
  run(
    'openapi-ts',
    '-i',
    './generated/openapi.json',
    '-o',
    'generated/hey-api',
    '-c',
    '@hey-api/client-fetch',
  );
  run('orval', '--config', 'orval.config.ts');
  run('tsc', '-p', '.');
  const person = await personWithSecondFactor();
  writeFileSync('generated/person.json', JSON.stringify({ base, ...person }));
  run('tsx', 'all.ts');
} finally {
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}

function run(program, ...args) {
  process.stdout.write(`\n-- ${program}\n`);
  const options = { stdio: 'inherit', env: { ...process.env, BASE: base } };
  execFileSync(`node_modules/.bin/${program}`, args, options);
}

async function freePort() {
  const probe = createServer().listen(0);
  const { port: free } = probe.address();
  await new Promise((done) => probe.close(done));
  return free;
}

async function untilReady() {
  for (const end = Date.now() + WAIT_MS; Date.now() < end; await setTimeout(200)) {
    const answer = await fetch(`${base}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error('the server did not start');
}

async function personWithSecondFactor() {
  const email = 'ada@example.com';
  const { access_token: token } = await post('/v1/auth/signup', { email, password: PASSWORD });
  const { secret } = await post('/v1/me/factors/totp', undefined, token);
  const before = Date.now() - 60_000;
  const code = new TOTP({ secret }).generate({ timestamp: before + 30_000 });
  await post('/v1/me/factors/totp/confirm', { code }, token);
  return { email, password: PASSWORD, secret };
}

async function post(path, body, token) {
  const answer = await fetch(base + path, {
    method: 'POST',
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}
