import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describeAccess, RouteRegistry, type Route } from './access/route-registry.js';
import type { Settings } from './config/settings.js';
import { servePages } from './http/pages.js';

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
  let document: OpenAPIObject | undefined;
  server.get('/openapi.json', (_request, reply) => {
    document ??= describe(app, settings);
    return reply.type('application/json; charset=utf-8').send(document);
  });
  servePages(server, {
    '/docs': ['text/html', () => PAGE],
    '/docs/start.js': ['text/javascript', () => START],
    '/docs/swagger-ui.css': ['text/css', () => readFile(join(ASSETS, 'swagger-ui.css'))],
    '/docs/swagger-ui-bundle.js': ['text/javascript', () => readFile(join(ASSETS, 'swagger-ui-bundle.js'))],
  });
}

function describe(app: NestFastifyApplication, settings: Settings): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gatehouse')
    .setDescription('Sign people in, issue JSON Web Tokens, guard APIs with them.')
    .setVersion('1')
    .addServer(settings.PUBLIC_URL)
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'bearer')
    .build();
  const document = SwaggerModule.createDocument(app, builder);
  document.components!.schemas = { ...document.components!.schemas, Problem: PROBLEM };
  for (const route of app.get(RouteRegistry).routes) addAccess(document, route);
  return document;
}

/** What the decorators of a route say, in the document's words. */
function addAccess(document: OpenAPIObject, { method, path, policy }: Route): void {
  const item = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')] as
    Record<string, OperationDocument> | undefined;
  const operation = item?.[method.toLowerCase()];
  if (!operation) return;
  operation.description = [operation.description, `Access: ${describeAccess(policy)}.`]
    .filter(Boolean)
    .join('\n\n');
  operation['x-roles'] = policy.roles;
  operation['x-scopes'] = policy.scopes;
  if (policy.stepUp) operation['x-step-up'] = policy.stepUp;
  const takesInput = method !== 'GET' || path.includes(':') || operation.parameters?.length;
  if (takesInput) operation.responses['400'] ??= problemResponse('Not valid', 400, 'validation_failed');
  if (path.includes(':')) operation.responses['404'] ??= problemResponse('Not found', 404, 'not_found');
  operation.responses['429'] ??= problemResponse('Too often', 429, 'too_many_requests');
  operation.responses['default'] ??= problemResponse('Any other failure', 500, 'internal_error');
  if (policy.isPublic) return;
  if (policy.strategy === undefined) operation.security = [{ bearer: [...policy.scopes] }];
  operation.responses['401'] ??= policy.stepUp
    ? problemResponse('No live access token, or an old sign-in', 401, 'insufficient_user_authentication')
    : problemResponse('No live access token', 401, 'unauthenticated');
  const isRestricted = policy.roles.length + policy.scopes.length > 0;
  if (isRestricted) operation.responses['403'] ??= problemResponse('Not allowed', 403, 'insufficient_scope');
}

interface OperationDocument {
  description?: string;
  parameters?: unknown[];
  responses: Record<string, unknown>;
  security?: Record<string, string[]>[];
  [extension: `x-${string}`]: unknown;
}

function problemResponse(description: string, status: number, code: string) {
  const example = {
    type: `urn:gatehouse:problem:${code}`,
    title: code.replaceAll('_', ' '),
    status,
    detail: description,
    instance: '01890a5d-ac96-774b-bcce-b302099a8057',
    code,
  };
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example } },
  };
}

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457 problem details',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'The id of the request, also in X-Request-Id and in the log' },
    code: { type: 'string', description: 'Stable; decide by it' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { field: { type: 'string' }, message: { type: 'string' } } },
    },
  },
};
