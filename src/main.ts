import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { loadEnvFile } from 'node:process';
import type { FirstAdmin } from './auth/first-admin.js';
import { withoutCredentials } from './config/database-url.js';
import { loadSettings, type Settings } from './config/settings.js';
import { StartupError } from './config/startup.error.js';

/** How long requests in flight may take once the server was told to stop. */
const STOP_WITHIN_MS = 10_000;

async function main(): Promise<void> {
  // Closed, or on a disk that is full: no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  if (existsSync('.env')) loadEnvFile('.env');
  const settings = loadSettings(process.env);
  // Loaded now, so that a bad setting is said at once.
  const { createApp } = await import('./app.setup.js');
  const { FirstAdmin } = await import('./auth/first-admin.js');
  const { warmUp } = await import('./app.warm-up.js');
  const app = await createApp(settings);
  await warmUp(app);
  await listen(app, settings);
  greet(app, settings, app.get(FirstAdmin).made);
  process.once('SIGTERM', () => void stop(app, settings.SHUTDOWN_DELAY));
  // From somebody at the keyboard, who waits.
  process.once('SIGINT', () => void stop(app, 0));
}

async function listen(app: NestFastifyApplication, { PORT, HOST }: Settings): Promise<void> {
  try {
    // Fastify's own, for Nest's would log a failure with its stack.
    await (app.getHttpAdapter().getInstance() as unknown as FastifyInstance).listen({
      port: PORT,
      host: HOST,
    });
  } catch (error) {
    await app.close();
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? `port ${PORT} is in use; set PORT to another` : message;
    throw new StartupError([`HOST, PORT: cannot listen on ${HOST}: ${reason}`]);
  }
}

/** Says once, to whoever started it, where everything is. */
function greet(app: NestFastifyApplication, settings: Settings, made: FirstAdmin['made']): void {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const lines = [
    `Gatehouse is ready on http://${settings.HOST}:${port}`,
    `  API        ${settings.PUBLIC_URL}/v1`,
    `  docs       ${settings.PUBLIC_URL}/docs`,
    `  database   ${withoutCredentials(settings.DATABASE_URL)}`,
    ...(made ? [`  admin      ${made.email} with the password ${made.password} (shown this once)`] : []),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Unready first, so that no proxy sends anything by the time the door closes; then what is in flight is finished. */
async function stop(app: NestFastifyApplication, delay: number): Promise<void> {
  const { Readiness } = await import('./http/readiness.js');
  await app.get(Readiness).leave(delay);
  setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
  await app.close();
}

main().catch((error: unknown) => {
  const lines =
    error instanceof StartupError ? error.lines : [`Gatehouse cannot start: ${(error as Error).message}`];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(1);
});
