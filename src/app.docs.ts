import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describeApi } from './app.openapi.js';
import type { Settings } from './platform/config/settings.js';
import { keptOnce, servePages } from './platform/http/pages.js';

const ASSETS = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Gatehouse API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="docs"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });\n`;

/** Serves the OpenAPI document and a page that shows it, both made on the first request. */
export function serveDocs(app: NestFastifyApplication, settings: Settings): void {
  const server = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  const document = keptOnce(async () => JSON.stringify(await describeApi(app, settings)));
  server.get('/openapi.json', async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(await document()),
  );
  servePages(server, {
    '/docs': ['text/html', () => PAGE],
    '/docs/start.js': ['text/javascript', () => START],
    '/docs/swagger-ui.css': ['text/css', () => readFile(join(ASSETS, 'swagger-ui.css'))],
    '/docs/swagger-ui-bundle.js': ['text/javascript', () => readFile(join(ASSETS, 'swagger-ui-bundle.js'))],
  });
}
