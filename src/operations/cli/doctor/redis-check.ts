import type { Settings } from '../../../platform/config/settings.js';
import { findings, type Finding } from './finding.js';

const WITHIN_MS = 3_000;
const { ok, fail } = findings('redis');

/** Whether Redis answers, where it is to be used. */
export async function checkRedis({ REDIS_URL }: Settings): Promise<Finding[]> {
  if (!REDIS_URL) return [ok('REDIS_URL is not set: the database does what it would do')];
  const { Redis } = await import('ioredis');
  const redis = new Redis(REDIS_URL, {
    lazyConnect: true,
    connectTimeout: WITHIN_MS,
    commandTimeout: WITHIN_MS,
    retryStrategy: () => null,
  });
  // The last one of a connection says more than that it is closed.
  let reason = '';
  redis.on(
    'error',
    (error: Error) => (reason = error.message || (error as NodeJS.ErrnoException).code || reason),
  );
  const { host } = new URL(REDIS_URL);
  try {
    await redis.connect();
    await redis.ping();
    return [ok(`${host} answers`)];
  } catch (error) {
    return [
      fail(
        `REDIS_URL: ${host} cannot be used: ${reason || (error as Error).message}; the server goes on without it`,
      ),
    ];
  } finally {
    redis.disconnect();
  }
}
