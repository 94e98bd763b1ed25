import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { configureApp } from '../../src/app.setup.js';
import { AppModule } from '../../src/app.module.js';
import { PasswordsService } from '../../src/accounts/users/passwords.service.js';
import type { Settings } from '../../src/platform/config/settings.js';
import { Database } from '../../src/platform/database/database.service.js';
import { NestLog, withoutValues } from '../../src/platform/http/logging.js';
import { makeAdapter } from '../../src/platform/http/server.js';
import { Actors, ADMIN } from './actors.js';
import { describeServer, forgetServer } from './answers.js';
import { asCheap } from './cheap-hashes.js';
import { makeUsualDatabase } from './database.js';
import { loadSettings } from '../../src/platform/config/load-settings.js';

/** A server of its own for one spec file, on its own database, reached over HTTP. */
export interface TestApp {
  url: string;
  settings: Settings;
  as: Actors;
  /** Straight into the database, to assert what is there and what is not. */
  database: Database;
  /** Every line logged so far. */
  log: string[];
  nest: NestFastifyApplication;
  close: () => Promise<void>;
}

interface Options {
  env?: Record<string, string>;
  /** Modules of the spec's own, next to the application's. */
  modules?: Type[];
  /** Any free one when it is left out. */
  port?: number;
  /** What goes on before it starts, as in `app.setup.ts`. */
  configure?: (nest: NestFastifyApplication) => void;
}

/** Starts the whole application. Close it in `afterAll`. */
export async function startApp({
  env = {},
  modules = [],
  port: wanted = 0,
  configure,
}: Options = {}): Promise<TestApp> {
  const { url: databaseUrl, drop } = await makeUsualDatabase();
  const settings = loadSettings({
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    PUBLIC_URL: 'http://localhost:3000',
    // Every user here comes from one address; the specs of limits turn them on.
    RATE_LIMIT: 'off',
    LOG_LEVEL: 'trace',
    ...env,
  });
  const log: string[] = [];
  const logger = pino(
    { level: settings.LOG_LEVEL, serializers: { err: withoutValues } },
    new Writable({ write: (line, _encoding, done) => (log.push(String(line)), done()) }),
  );
  const testing = await Test.createTestingModule({ imports: [await AppModule.with(settings), ...modules] })
    .setLogger(new NestLog(logger))
    .compile();
  const nest = testing.createNestApplication<NestFastifyApplication>(makeAdapter(settings, logger), {
    bodyParser: false,
  });
  let url: string | undefined;
  const close = async () => {
    if (url !== undefined) forgetServer(url);
    await nest.close();
    await drop();
  };
  try {
    await configureApp(nest, settings);
    const passwords = nest.get(PasswordsService) as unknown as { nobodys: string };
    passwords.nobodys = asCheap(passwords.nobodys);
    configure?.(nest);
    await nest.listen(wanted, '127.0.0.1');
  } catch (error) {
    await close();
    throw error;
  }
  const { port } = nest.getHttpServer().address() as AddressInfo;
  url = `http://127.0.0.1:${port}`;
  describeServer(url, nest, settings, modules);
  return { url, settings, as: new Actors(url), database: nest.get(Database), log, nest, close };
}
