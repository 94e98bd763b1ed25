import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { AccessPolicy } from './platform/access/access-policy.js';
import { describeAccess, RouteRegistry, type Route } from './platform/access/route-registry.js';
import type { Settings } from './platform/config/settings.js';
import { loadSwagger } from './platform/http/api-decorators.js';
import { oauthProblemResponse, PROBLEM_SCHEMAS, problemResponse } from './platform/http/api-docs.js';

/** What the groups of routes are for; a module's own tag goes without, or is added here. */
const TAGS: Record<string, string> = {
  'API keys': 'Long-lived keys with fewer rights than their owner',
  Administration: 'Figures, settings, nodes and who is waiting, for those who run the server',
  Audit: 'What was done, by whom, and what was refused',
  'By mail': 'Links and codes that are sent by mail: verification, reset, another address',
  Discovery: 'The documents that clients and other services find their way by',
  Gateway: 'Services behind this server: upstreams, versions, routes, revisions, usage',
  Health: 'Whether the server runs, and can serve',
  'Import and export': 'Users and resources in bulk',
  'OAuth clients': 'Applications that sign people in here, or act for themselves',
  OAuth: 'OpenID Connect and OAuth 2.1',
  'Own account': 'What people do with their own account',
  Resources: 'Protected APIs and the scopes that they declare',
  Roles: 'Named sets of scopes',
  'Second factors': 'Authenticator applications, passkeys and recovery codes',
  'Sign-in': 'Sign-up, login, refresh and logout',
  'Signing keys': 'The keys that sign tokens, and their rotation',
  Subscriptions: 'Plans of an API, applications with their members, subscriptions and their keys',
  Tokens: 'Introspection, revocation and inspection of tokens',
  Users: 'Accounts, their roles and sessions',
};

/** Paths are those of routes as they are declared, with `{id}` for `:id`; every operation says who may call it. */
export async function describeApi(app: INestApplication, settings: Settings): Promise<OpenAPIObject> {
  const { DocumentBuilder, SwaggerModule } = await loadSwagger();
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gatehouse')
    .setDescription('Sign people in, issue JSON Web Tokens, guard APIs with them.')
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer(settings.PUBLIC_URL)
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'bearer')
    .addBasicAuth(
      { type: 'http', scheme: 'basic', description: 'An OAuth client; see the metadata for other ways' },
      'client',
    )
    .build();
  const document = SwaggerModule.createDocument(app, builder);
  document.components!.schemas = { ...document.components!.schemas, ...PROBLEM_SCHEMAS };
  for (const route of app.get(RouteRegistry).routes) addAccess(document, route);
  document.tags = tagsOf(document);
  return document;
}

function tagsOf({ paths }: OpenAPIObject): { name: string; description?: string }[] {
  const operations = Object.values(paths).flatMap((item) => Object.values(item) as OperationDocument[]);
  const names = [...new Set(operations.flatMap(({ tags }) => tags ?? []))].toSorted();
  return names.map((name) => ({ name, ...(TAGS[name] && { description: TAGS[name] }) }));
}

/** What the decorators of a route say, in the document's words. */
function addAccess(document: OpenAPIObject, { method, path, policy }: Route): void {
  const item = document.paths[path.replaceAll(/:(\w+)/g, '{$1}').replace(/\*$/, '{path}')] as
    Record<string, OperationDocument> | undefined;
  const operation = item?.[method.toLowerCase()];
  if (!operation) return;
  operation.description = [operation.description, `Access: ${describeAccess(policy)}.`]
    .filter(Boolean)
    .join('\n\n');
  operation['x-roles'] = policy.roles;
  operation['x-scopes'] = policy.scopes;
  if (policy.stepUp) operation['x-step-up'] = policy.stepUp;
  if (path.startsWith('/oauth/')) {
    operation.responses['default'] ??= oauthProblemResponse('Any failure');
    operation.security = securityOf(policy);
    return;
  }
  const takesInput = method !== 'GET' || path.includes(':') || operation.parameters?.length;
  if (takesInput) operation.responses['400'] ??= problemResponse('Not valid', 400, 'validation_failed');
  if (/:|\*$/.test(path)) operation.responses['404'] ??= problemResponse('Not found', 404, 'not_found');
  operation.responses['429'] ??= problemResponse('Too often', 429, 'too_many_requests');
  operation.responses['default'] ??= problemResponse('Any other failure', 500, 'internal_error');
  if (policy.isPublic) {
    // Said of each, or a reader could not tell it from one that was forgotten.
    operation.security = [];
    return;
  }
  if (policy.strategy === undefined) operation.security = [{ bearer: [...policy.scopes] }];
  operation.responses['401'] ??= policy.stepUp
    ? problemResponse('No live access token, or an old sign-in', 401, 'insufficient_user_authentication')
    : problemResponse('No live access token', 401, 'unauthenticated');
  const isRestricted = policy.roles.length + policy.scopes.length > 0;
  if (isRestricted) operation.responses['403'] ??= problemResponse('Not allowed', 403, 'insufficient_scope');
}

/** At OAuth's endpoints clients authenticate, or a bearer token does, or nothing. */
function securityOf({ isPublic, isClientAuthenticated, scopes }: AccessPolicy): Record<string, string[]>[] {
  if (isPublic) return [];
  return isClientAuthenticated ? [{ client: [] }] : [{ bearer: [...scopes] }];
}

interface OperationDocument {
  description?: string;
  tags?: string[];
  parameters?: unknown[];
  responses: Record<string, unknown>;
  security?: Record<string, string[]>[];
  [extension: `x-${string}`]: unknown;
}
