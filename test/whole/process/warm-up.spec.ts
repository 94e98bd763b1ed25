import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { warmUp } from '../../../src/app.warm-up.js';
import { Metrics } from '../../../src/platform/http/metrics.js';
import { startApp, type TestApp } from '../../support/app.js';

describe('the warm-up', () => {
  let app: TestApp;

  beforeEach(async () => {
    app = await startApp();
  });
  afterEach(() => app.close());

  it('has been let through the guards', async () => {
    await warmUp(app.nest);
    const metrics = await app.nest.get(Metrics).registry.metrics();
    expect(metrics).toMatch(/^gatehouse_token_cache_misses 20$/m);
    expect(metrics).toMatch(/^gatehouse_token_cache_hits 20$/m);
  });

  it('is not counted among the requests, and makes no user', async () => {
    await warmUp(app.nest);
    const { values } = app.nest.get(Metrics).requests.get();
    expect(values).toEqual([]);
    expect(await app.database.query('SELECT id FROM sessions')).toEqual([]);
    expect(await app.database.query('SELECT id FROM users')).toHaveLength(1);
  });

  it('takes its socket away from any other process that has found it', async () => {
    let stranger: Socket | undefined;
    let port = 0;
    const intrude = (message: unknown) => {
      ({ port } = (message as { server: Server }).server.address() as AddressInfo);
      stranger ??= connect(port, '127.0.0.1').on('error', () => {});
    };
    subscribe('http.server.request.start', intrude);
    await warmUp(app.nest).finally(() => unsubscribe('http.server.request.start', intrude));
    if (!stranger!.closed) await once(stranger!.resume(), 'close');
    await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
  });

  it('leaves a server that answers', async () => {
    await warmUp(app.nest);
    const member = await app.as.member();
    expect((await member.get('/v1/auth/whoami')).status).toBe(200);
  });
});
