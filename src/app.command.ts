import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { randomBytes } from 'node:crypto';
import { accessMatrix, RouteRegistry } from './platform/access/route-registry.js';
import { AppModule } from './app.module.js';
import { ProcessKind } from './platform/config/process-kind.js';
import type { Settings } from './platform/config/settings.js';
import { refuseOtherSchema } from './platform/database/schema-version.js';
import { makeLogger, NestLog } from './platform/http/logging.js';
import { makeAdapter } from './platform/http/server.js';
import { loadSettings } from './platform/config/load-settings.js';

/**
 * The application for one command: on its database, and nothing else. It is not initialised, for the hooks at the start
 * are what makes a process a server: they make the first admin, rotate keys, poll and clean up. What is to hold in a
 * command too must not need them.
 * @throws StartupError also when the database is not there or not of this version
 */
export async function openApp(env: NodeJS.ProcessEnv): Promise<INestApplicationContext> {
  const settings = loadSettings(env, { mayMakeSecret: false });
  await refuseOtherSchema(settings.DATABASE_URL);
  return create(settings);
}

/** Who may call what; see `npm run routes`. Touches no database but one in memory. */
export async function readAccessMatrix(): Promise<string> {
  const app = await create(
    loadSettings({
      DATABASE_URL: 'sqlite::memory:',
      GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
    }),
  );
  try {
    const registry = app.get(RouteRegistry);
    registry.refuseUndeclared();
    return accessMatrix(registry.routes);
  } finally {
    await app.close();
  }
}

/** With a log that says what went wrong and nothing else, apart from the results. */
async function create(settings: Settings): Promise<INestApplicationContext> {
  const isChatty = ['info', 'warn'].includes(settings.LOG_LEVEL);
  const logger = makeLogger(
    { LOG_LEVEL: isChatty ? 'error' : settings.LOG_LEVEL },
    { write: (line) => process.stderr.write(line) },
  );
  const module = await AppModule.with(settings, ProcessKind.COMMAND);
  return NestFactory.create(module, makeAdapter(settings, logger), {
    logger: new NestLog(logger),
    abortOnError: false,
  });
}
