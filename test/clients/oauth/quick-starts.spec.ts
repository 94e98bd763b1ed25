// The quick starts, as docs/sign-in-quick-starts.md has them.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { freePort } from '../../support/process.js';
import { Browser } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { ISSUER, makeClient, newPerson, type Person } from './support/gatehouse.js';

const PAGE = join(import.meta.dirname, '../../../docs/sign-in-quick-starts.md');
const FOLDER = join(import.meta.dirname, '../generated/quick-starts');

let ada: Person;
const started: ChildProcess[] = [];

before(async () => {
  ada = await newPerson();
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(
    join(FOLDER, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { experimentalDecorators: true, target: 'es2023' } }),
  );
  const snippets = readFileSync(PAGE, 'utf8').matchAll(/^<!-- (\S+) -->\n\n```.*\n([^]*?)^```$/gm);
  for (const [, name, text] of snippets) writeFileSync(join(FOLDER, name!), text!);
});

after(async () => {
  for (const child of started.filter(({ exitCode }) => exitCode === null)) {
    child.kill();
    await once(child, 'close');
  }
});

test('a NestJS application', async () => {
  const port = await freePort();
  const SITE = `http://localhost:${port}`;
  const { clientId, clientSecret } = await makeClient({ redirectUris: [`${SITE}/callback`] });
  start('nest.ts', { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, SITE });
  const browser = new Browser(ada);
  await eventually(async () => void (await fetch(SITE)), 90_000);
  const back = await browser.follow(`${SITE}/login`, ({ pathname }) => pathname === '/callback');
  const claims = (await (await browser.fetch(back)).json()) as { sub: string; email: string };
  assert.equal(claims.sub, ada.id);
  assert.equal(claims.email, ada.email);
  assert.equal((await new Browser(ada).fetch(back)).status, 500);
});

test('a command-line tool', async () => {
  const grantTypes = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'];
  const { clientId } = await makeClient({ applicationType: 'native', redirectUris: [], grantTypes });
  const tool = start('tool.ts', { CLIENT_ID: clientId });
  let last = '';
  for await (const line of createInterface(tool.stdout!)) {
    last = line;
    if (line.startsWith('http')) await new Browser(ada).finish(line);
  }
  assert.equal(last, `Signed in as ${ada.email}`);
});

function start(file: string, env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd: FOLDER,
    env: { ...process.env, ISSUER, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  return child;
}
