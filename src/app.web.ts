import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { join } from 'node:path';
import type { Settings } from './platform/config/settings.js';
import { showProblems } from './platform/http/problem.filter.js';
import { WEB_FOLDER } from './web/views/assets.service.js';
import { preparePages } from './web/views/prepare-pages.js';
import { ProblemPagesService } from './web/views/problem-pages.service.js';

/** Serves what pages load, and answers people with pages when something is wrong. */
export function serveWeb(app: NestFastifyApplication, settings: Settings): void {
  const server = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  preparePages(server, settings);
  const pages = app.get(ProblemPagesService);
  showProblems(server, (problem, request, reply) => pages.show(problem, request, reply));
  // Not awaited, which would start the server's plugins: routes from before get no error handler of Nest's, set by `init`.
  void app.register(fastifyStatic as never, {
    root: join(WEB_FOLDER, 'assets'),
    prefix: '/assets/',
    decorateReply: false,
    index: false,
    // The names hold a hash of what is in them.
    immutable: true,
    maxAge: '365d',
    preCompressed: true,
  });
}
