import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveDocs } from './app.docs.js';
import { AppModule } from './app.module.js';
import type { Settings } from './platform/config/settings.js';
import { makeLogger, NestLog } from './platform/http/logging.js';
import { Metrics } from './platform/http/metrics.js';
import { Readiness } from './platform/http/readiness.js';
import { configureServer, makeAdapter } from './platform/http/server.js';

/** Makes the application, ready to listen. @throws StartupError */
export async function createApp(settings: Settings): Promise<NestFastifyApplication> {
  const logger = makeLogger(settings);
  const app = await NestFactory.create<NestFastifyApplication>(
    await AppModule.with(settings),
    makeAdapter(settings, logger),
    { logger: new NestLog(logger), bodyParser: false, abortOnError: false },
  );
  try {
    await configureApp(app, settings);
    await app.init();
    return app;
  } catch (error) {
    // What has been opened so far would keep the process alive.
    await app.close().catch(() => {});
    throw error;
  }
}

/** What goes around the modules; the tests call it on applications of their own. */
export async function configureApp(app: NestFastifyApplication, settings: Settings): Promise<void> {
  const metrics = settings.METRICS === 'on' ? app.get(Metrics) : undefined;
  configureServer(app.getHttpAdapter().getInstance() as never, settings, app.get(Readiness), metrics);
  serveDocs(app, settings);
  if (settings.WEB === 'off') return;
  // Pages cost no time and no memory where they are off.
  const { serveWeb } = await import('./app.web.js');
  serveWeb(app, settings);
}
