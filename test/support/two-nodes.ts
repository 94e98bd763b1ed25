import { randomBytes } from 'node:crypto';
import { ADMIN } from './actors.js';
import { freePort, ServerProcess } from './process.js';

/** Two nodes of one cluster, started at once. */
export async function startTwoNodes(
  env: Record<string, string>,
  own: [Record<string, string>, Record<string, string>] = [{}, {}],
): Promise<[ServerProcess, ServerProcess]> {
  const common = {
    GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
    ADMIN_PASSWORD: ADMIN.password,
    PUBLIC_URL: 'http://localhost:3000',
    LOG_LEVEL: 'fatal',
    ...env,
  };
  const [a, b] = await Promise.all(
    own.map(async (more) => new ServerProcess(await freePort(), { ...common, ...more })),
  );
  await Promise.all([a!.start(), b!.start()]);
  return [a!, b!];
}
