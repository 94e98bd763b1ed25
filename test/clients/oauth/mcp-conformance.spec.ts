// The conformance suite of MCP for authorization servers. It is run by the newer Node that it needs, and asks for a browser.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { join } from 'node:path';
import { Browser } from './support/browser.js';
import { ISSUER, makeClient, newPerson } from './support/gatehouse.js';
import { freePort } from '../../support/process.js';

const BIN = join(import.meta.dirname, '../mcp-conformance/node_modules/.bin');

test('the scenarios for authorization servers: metadata, and an authorization code for a public client', async () => {
  const port = await freePort();
  const redirectUris = [`http://127.0.0.1:${port}/callback`];
  const { clientId } = await makeClient({ kind: 'registered', applicationType: 'native', redirectUris });
  const output = await conformance(['--client-id', clientId, '--resource', ISSUER, '-p', String(port)]);
  assert.match(output, /✓ authorization-server-metadata-endpoint: 2 passed, 0 failed/);
  assert.match(output, /✓ authorization-code-grant: 1 passed, 0 failed/);
});

/** Runs the scenarios, and has a person follow the address that they show. Gives what they say. */
async function conformance(args: string[]): Promise<string> {
  const child = spawn(
    join(BIN, 'node'),
    [join(BIN, 'conformance'), 'authorization', '--url', ISSUER, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  let opened: Promise<unknown> | undefined;
  const listen = (chunk: Buffer) => {
    output += String(chunk);
    const address = /(http\S+\/oauth\/authorize\?\S+)\s/.exec(output)?.[1];
    if (address) opened ??= open(address);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const code = await new Promise((resolve) => child.once('close', resolve));
  await opened;
  assert.equal(code, 0, output);
  return output;
}

async function open(address: string): Promise<void> {
  const browser = new Browser(await newPerson());
  await browser.fetch(await browser.authorize(address));
}
