import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveDocs } from './app.docs.js';
import { AppModule } from './app.module.js';
import { serveAccountPage } from './app.account-page.js';
import type { Settings } from './config/settings.js';
import { makeLogger, NestLog } from './http/logging.js';
import { Metrics } from './http/metrics.js';
import { Readiness } from './http/readiness.js';
import { configureServer, makeAdapter } from './http/server.js';

/** Makes the application, ready to listen. @throws StartupError */
export async function createApp(settings: Settings): Promise<NestFastifyApplication> {
  const logger = makeLogger(settings);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(settings),
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
  configureServer(app.getHttpAdapter().getInstance() as never, app.get(Readiness), metrics);
  if (settings.CORS_ORIGINS.length > 0) {
    const { default: cors } = await import('@fastify/cors');
    await app.register(cors as never, {
      origin: settings.CORS_ORIGINS,
      credentials: true,
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowedHeaders: ['authorization', 'content-type', 'device-token'],
      exposedHeaders: [
        'device-token',
        'ratelimit',
        'ratelimit-policy',
        'retry-after',
        'www-authenticate',
        'x-request-id',
      ],
    });
  }
  serveDocs(app, settings);
  serveAccountPage(app);
}
