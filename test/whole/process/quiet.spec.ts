import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { Client } from '../../support/client.js';
import { freePort, ServerProcess } from '../../support/process.js';

it('a server says nothing on standard error: no warning of Node either', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-stderr-'));
  const file = join(folder, 'stderr');
  const stderr = openSync(file, 'w');
  const server = new ServerProcess(await freePort(), {}, { stdio: ['ignore', 'pipe', stderr] });
  try {
    await server.start();
    const client = new Client(server.url);
    const person = { email: 'ada@example.com', password: 'a long enough passphrase' };
    expect((await client.post('/v1/auth/signup', person)).status).toBe(201);
    expect((await client.post('/v1/auth/login', person)).status).toBe(200);
    expect((await client.get('/openapi.json')).status).toBe(200);
    await server.stop();
    expect(server.exitCode).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('');
  } finally {
    await server.discard();
    closeSync(stderr);
    rmSync(folder, { recursive: true });
  }
});
