import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import type { FirstAdmin } from './auth/login/first-admin.js';
import { withoutCredentials } from './platform/config/database-url.js';
import { loadEnvFile } from './platform/config/env-file.js';
import { warningsOf } from './platform/config/setting-warnings.js';
import type { Settings } from './platform/config/settings.js';
import { StartupError } from './platform/config/startup.error.js';
import { loadSettings } from './platform/config/load-settings.js';

/** How long requests in flight may take once the server was told to stop. */
const STOP_WITHIN_MS = 10_000;

async function main(): Promise<void> {
  // Closed, or on a disk that is full: no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  loadEnvFile(process.env);
  const settings = loadSettings(process.env);
  // Loaded now, so that a bad setting is said at once.
  const { createApp } = await import('./app.setup.js');
  const { FirstAdmin } = await import('./auth/login/first-admin.js');
  const { warmUp } = await import('./app.warm-up.js');
  const app = await createApp(settings);
  await warmUp(app);
  await listen(app, settings);
  greet(app, settings, app.get(FirstAdmin).made);
  process.once('SIGTERM', () => void stop(app, settings.SHUTDOWN_DELAY));
  // From a user at the keyboard, who waits.
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

/** Tells the operator once where everything is. */
function greet(app: NestFastifyApplication, settings: Settings, made: FirstAdmin['made']): void {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const lines = [
    `Gatehouse is ready on http://${settings.HOST}:${port}`,
    ...(settings.WEB === 'on' ? pagesAt(settings.PUBLIC_URL) : []),
    `  API        ${settings.PUBLIC_URL}/v1`,
    `  docs       ${settings.PUBLIC_URL}/docs`,
    `  database   ${withoutCredentials(settings.DATABASE_URL)}`,
    ...(made ? [`  admin      ${made.email} with the password ${made.password} (shown this once)`] : []),
    ...(made?.code ? [`  set up     ${settings.PUBLIC_URL}/setup with the code ${made.code}`] : []),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  for (const warning of warningsOf(settings)) new Logger('Settings').warn(warning);
}

const pagesAt = (url: string) => [`  pages      ${url}/`, `  console    ${url}/console`];

/** Unready first, so that no proxy sends anything by the time the door closes; then what is in flight is finished. */
async function stop(app: NestFastifyApplication, delay: number): Promise<void> {
  const { Readiness } = await import('./platform/http/readiness.js');
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
