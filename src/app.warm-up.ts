import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Metrics } from './platform/http/metrics.js';
import { AccessTokensService } from './tokens/access-tokens/access-tokens.service.js';

/** With so many, what comes after takes as long as it will ever take, but for what the optimiser finds later. */
const TOKENS = 20;
const ALL_WITHIN_MS = 2_000;

/**
 * Calls a guarded route some times before any client can, over a socket that is closed again, so that the client that comes
 * first does not wait for the code to be compiled: with each token twice, for the second time it is known. The tokens
 * belong to no account, and expire within seconds.
 */
export async function warmUp(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  await fastify.ready();
  const server = createServer(fastify.routing).listen(0, '127.0.0.1');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const options = { port, host: '127.0.0.1', path: '/v1/auth/whoami', agent };
    const signal = AbortSignal.timeout(ALL_WITHIN_MS);
    const calls = Array.from({ length: TOKENS }, () => newHeaders(app)).flatMap((each) => [each, each]);
    for (const headers of calls) {
      const [response] = await once(request({ ...options, headers, signal }).end(), 'response');
      await once(response.resume(), 'end');
    }
  } catch {
    // Then the first request is slow.
  } finally {
    agent.destroy();
    // Another client that found the port would keep what no graceful stop knows of.
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    app.get(Metrics).requests.reset();
  }
}

function newHeaders(app: NestFastifyApplication) {
  const { token } = app.get(AccessTokensService).issue({
    subject: randomUUID(),
    sessionId: randomUUID(),
    roles: [],
    scopes: [],
    version: 0,
    authenticatedAt: new Date(),
    amr: [],
    notAfter: new Date(Date.now() + 2 * ALL_WITHIN_MS),
  });
  return { authorization: `Bearer ${token}` };
}
