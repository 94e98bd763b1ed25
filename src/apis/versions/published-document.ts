import type { Settings } from '../../platform/config/settings.js';
import type { Resource } from '../resources/resource.entity.js';
import type { ApiRoute } from './api-route.entity.js';
import type { ApiVersion } from './api-version.entity.js';
import { isObject, type DocumentObject } from '../../platform/http/document-text.js';
import { referred } from './openapi-operations.js';
import { RelayedLinks, relayedComponents, relayedOperation } from './relayed-parts.js';
import { shapeOf } from './route-shapes.js';
import { placeOf, urlOf, withSelector } from './version-address.js';

/** By an access token of a client, and by an API key. */
const SCHEMES = { token: 'gatehouse', key: 'gatehouseKey' };
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** What a document is published with. */
export interface Published {
  /** As it was given; `undefined` for a version without one. */
  document: DocumentObject | undefined;
  resource: Resource;
  version: ApiVersion;
  routes: ApiRoute[];
}

/**
 * The document of a version as its callers need it: our address and our security in place of those it came with, only the
 * operations that have a route, those without one in it added, all of them deprecated with their version.
 */
export function publishedDocument(published: Published, settings: Settings): DocumentObject {
  const { resource, version } = published;
  const document = published.document ?? {
    openapi: '3.1.0',
    info: { title: resource.name, version: version.label },
  };
  const isOld = document['swagger'] === '2.0';
  const stated = Object.entries(document).filter(
    ([name]) => !name.startsWith('x-') && !REPLACED.includes(name),
  );
  const paths = pathsOf(document, published);
  const links = new RelayedLinks(document, operationsOf(paths));
  const shown = Object.entries(paths).map(([path, item]) => [
    path,
    withSelector(document, withLinks(item, links), version),
  ]);
  const common = { ...Object.fromEntries(stated), paths: Object.fromEntries(shown) };
  return isOld
    ? { ...common, ...placeOf(version, settings), securityDefinitions: oldSchemes(resource, settings) }
    : {
        ...common,
        servers: [{ url: urlOf(version, settings) }],
        components: {
          ...relayedComponents(document['components'], links),
          securitySchemes: schemesOf(resource, settings),
        },
      };
}

/** What is ours instead, and what says of the service more than is relayed: its own calls, and where its document is. */
const REPLACED = [
  'servers',
  'security',
  'host',
  'basePath',
  'schemes',
  'securityDefinitions',
  'paths',
  'webhooks',
  '$self',
];
/** Of a path item, besides its operations: those of methods that no route takes are not among them. */
const ITEM_MEMBERS = ['summary', 'description', 'parameters'];

function pathsOf(document: DocumentObject, { routes, version }: Published): Record<string, DocumentObject> {
  const left = new Map(
    routes.flatMap((route) =>
      route.methods.map((method) => [`${method} ${shapeOf(route.path)}`, route] as const),
    ),
  );
  const given = isObject(document['paths']) ? Object.entries(document['paths']) : [];
  const kept = given.flatMap(([path, item]) => {
    const shown = itemOf(document, path, item, left, version);
    return shown ? [[path, shown] as const] : [];
  });
  const paths = new Map<string, DocumentObject>(kept);
  for (const [request, route] of left) {
    const [method = ''] = request.split(' ');
    const path = route.path.replaceAll(/:([A-Za-z]\w*)/g, '{$1}');
    const added = { [method.toLowerCase()]: shownOperation(newOperation(route), route, version) };
    paths.set(path, { ...paths.get(path), ...added });
  }
  return Object.fromEntries(paths);
}

function operationsOf(paths: Record<string, DocumentObject>): DocumentObject[] {
  const members = Object.values(paths).flatMap((item) => METHODS.map((method) => item[method]));
  return members.filter(isObject);
}

function withLinks(item: DocumentObject, links: RelayedLinks): DocumentObject {
  const members = Object.entries(item).map(([name, value]) => [
    name,
    METHODS.includes(name) && isObject(value) ? links.ofOperation(value) : value,
  ]);
  return Object.fromEntries(members);
}

/** A path with those of its operations that have a route; each is taken out of `left`. */
function itemOf(
  document: DocumentObject,
  path: string,
  given: unknown,
  left: Map<string, ApiRoute>,
  version: ApiVersion,
): DocumentObject | undefined {
  const item = referred(document, given);
  if (path.startsWith('x-') || typeof item === 'string') return undefined;
  const shape = shapeOf(path.replaceAll(/(?<=\/)\{[^{}/]+\}(?=\/|$)/g, ':p'));
  let isEmpty = true;
  const members = Object.entries(item).flatMap(([name, value]) => {
    if (!METHODS.includes(name)) return ITEM_MEMBERS.includes(name) ? [[name, value] as const] : [];
    const request = `${name.toUpperCase()} ${shape}`;
    const route = left.get(request);
    if (!route || !isObject(value)) return [];
    left.delete(request);
    isEmpty = false;
    return [[name, shownOperation(value, route, version)] as const];
  });
  return isEmpty ? undefined : Object.fromEntries(members);
}

function shownOperation(operation: DocumentObject, route: ApiRoute, { status }: ApiVersion): DocumentObject {
  const security = route.isPublic ? [] : [{ [SCHEMES.token]: route.scopes }, { [SCHEMES.key]: [] }];
  const isOver = status === 'deprecated' || status === 'retired';
  return { ...relayedOperation(operation), security, ...(isOver && { deprecated: true }) };
}

function newOperation({ operationId, path }: ApiRoute): DocumentObject {
  const names = [...path.matchAll(/:([A-Za-z]\w*)/g)].map(([, name]) => name);
  const parameters = names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  return {
    ...(operationId !== null && { operationId }),
    ...(parameters.length > 0 && { parameters }),
    responses: { default: { description: 'What the service answers' } },
  };
}

function scopesOf({ scopes }: Resource): DocumentObject {
  return Object.fromEntries(scopes.map(({ name, description }) => [name, description ?? '']));
}

function schemesOf(resource: Resource, { PUBLIC_URL }: Settings): DocumentObject {
  const authorizationCode = {
    authorizationUrl: `${PUBLIC_URL}/oauth/authorize`,
    tokenUrl: `${PUBLIC_URL}/oauth/token`,
    scopes: scopesOf(resource),
  };
  const description = `An access token for ${resource.identifier}`;
  return {
    [SCHEMES.token]: { type: 'oauth2', description, flows: { authorizationCode } },
    [SCHEMES.key]: { type: 'http', scheme: 'bearer', description: `An API key for ${resource.identifier}` },
  };
}

function oldSchemes(resource: Resource, { PUBLIC_URL }: Settings): DocumentObject {
  return {
    [SCHEMES.token]: {
      type: 'oauth2',
      flow: 'accessCode',
      authorizationUrl: `${PUBLIC_URL}/oauth/authorize`,
      tokenUrl: `${PUBLIC_URL}/oauth/token`,
      scopes: scopesOf(resource),
    },
    [SCHEMES.key]: { type: 'apiKey', in: 'header', name: 'Authorization' },
  };
}
