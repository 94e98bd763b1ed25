import type { FieldError } from '../../platform/http/problem.js';
import { ROUTE_METHODS } from '../versions/api-route.entity.js';
import type { Selector } from '../versions/api-version.entity.js';
import type {
  ApiDocument,
  GatewayDocument,
  RouteDocument,
  UpstreamDocument,
  VersionDocument,
} from './gateway-document.types.js';
import { RouteTable, type CompiledRoute, type Condition } from './route-table.js';

const SECONDS = { second: 1, minute: 60, hour: 3_600, day: 86_400 };
/** What stands for all routes of a retired version. */
const ANY_ROUTE: Omit<RouteDocument, 'id'> = {
  methods: [...ROUTE_METHODS],
  path: '/*',
  scopes: [],
  roles: [],
  isPublic: true,
  limit: null,
  timeouts: {},
  bodyLimit: 0,
  retries: 0,
  forward: [],
  allowEmptySegments: true,
  allowEncodedSlash: true,
};

/** Where the gateway stands, for paths and links. */
export interface GatewayPlace {
  /** `GATEWAY_PATH` */
  path: string;
  /** `PUBLIC_URL` */
  url: string;
}

/** A table, and what is wrong with the rows that it was made of. */
export interface Compiled {
  table: RouteTable;
  errors: FieldError[];
}

/** Makes the table of a document. With an error in it, a table is not to be used. */
export function compile(document: GatewayDocument, seq: number, place: GatewayPlace): Compiled {
  const table = new RouteTable(seq, document.upstreams);
  const errors: FieldError[] = [];
  const upstreams = new Map(document.upstreams.map((each) => [each.id, each]));
  for (const api of document.apis) {
    for (const version of api.versions) {
      const upstream = upstreams.get(version.upstreamId);
      if (!upstream) {
        errors.push({ field: `versions.${version.id}`, message: 'its upstream is gone' });
        continue;
      }
      for (const route of routesOf(version))
        errors.push(...addRoute(table, { api, version, upstream, route, place }));
    }
  }
  return { table, errors };
}

/** A version that has had its time has one route, whatever they were. */
function routesOf(version: VersionDocument): RouteDocument[] {
  return version.status === 'retired' ? [{ ...ANY_ROUTE, id: version.id }] : version.routes;
}

interface Row {
  api: ApiDocument;
  version: VersionDocument;
  upstream: UpstreamDocument;
  route: RouteDocument;
  place: GatewayPlace;
}

function addRoute(table: RouteTable, row: Row): FieldError[] {
  const { api, version, route, place } = row;
  const field = `routes.${route.id}`;
  const errors = contradictions(row).map((message) => ({ field, message }));
  const prefix = prefixOf(version, place.path);
  const segments = [...prefix, ...segmentsOf(route.path)];
  const rival = table.add(segments, compiledRoute(row, prefix.length, `/${segments.join('/')}`));
  if (rival) {
    const other = `${rival.template} of ${rival.api.identifier} ${rival.version.label} (routes.${rival.route.id})`;
    errors.push({
      field,
      message: `${route.path} of ${api.identifier} ${version.label} would answer what ${other} does`,
    });
  }
  return errors;
}

function compiledRoute(
  { api, version, upstream, route, place }: Row,
  prefixLength: number,
  template: string,
): CompiledRoute {
  const methods = new Set<string>(route.methods);
  if (methods.has('GET')) methods.add('HEAD');
  const { id, identifier, name } = api;
  const { limit, ...rest } = route;
  return {
    route: rest,
    version,
    api: { id, identifier, name },
    upstream,
    methods,
    condition: conditionOf(version.selector),
    template,
    dropped: version.stripPrefix ? prefixLength : segmentsOf(place.path).length,
    identity: upstream.identity,
    timeouts: { ...upstream.timeouts, ...route.timeouts },
    limit: limit
      ? { name: `route:${limit.per}`, quota: limit.requests, seconds: SECONDS[limit.per] }
      : undefined,
    endHeaders: endHeadersOf(api, version, place),
    goneFrom: version.status === 'retired' ? 0 : (version.sunsetAt ?? Infinity),
  };
}

/** What a route asks for that no request can meet. */
function contradictions({ api, upstream, route }: Row): string[] {
  const unknown = route.scopes.filter((scope) => !api.scopes.includes(scope));
  const asksForMore = route.scopes.length > 0 || route.roles.length > 0;
  return [
    ...unknown.map((scope) => `it needs the scope ${scope}, which ${api.identifier} does not declare`),
    ...(route.isPublic && asksForMore ? ['it is public, and asks for scopes or roles'] : []),
    ...(route.forward.includes('authorization') && upstream.identity === 'token'
      ? [`it forwards the authorization of callers, whose place the token for ${upstream.name} takes`]
      : []),
  ];
}

function prefixOf({ basePath, selector }: VersionDocument, path: string): string[] {
  const piece = selector.kind === 'path' ? [selector.value] : [];
  return [...segmentsOf(path), ...segmentsOf(basePath), ...piece];
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function conditionOf({ kind, value }: Selector): Condition | undefined {
  if (kind === 'path') return undefined;
  if (kind === 'host') return { host: value };
  const [name = '', ...rest] = value.split('=');
  return { header: { name, value: rest.join('=') } };
}

/** RFC 9745, RFC 8594, and links to what comes after (RFC 5829). */
function endHeadersOf(api: ApiDocument, version: VersionDocument, place: GatewayPlace): string[] {
  const { status, deprecatedAt, sunsetAt, docsUrl, successorId } = version;
  if (status !== 'deprecated' && status !== 'retired') return [];
  const successor = api.versions.find(({ id }) => id === successorId);
  const links = [
    ...(docsUrl === null ? [] : [`<${docsUrl}>; rel="deprecation"; type="text/html"`]),
    ...(successor
      ? [`<${place.url}/${prefixOf(successor, place.path).join('/')}>; rel="successor-version"`]
      : []),
  ];
  return [
    ...(deprecatedAt === null ? [] : ['Deprecation', `@${Math.floor(deprecatedAt / 1000)}`]),
    ...(sunsetAt === null ? [] : ['Sunset', new Date(sunsetAt).toUTCString()]),
    ...(links.length > 0 ? ['Link', links.join(', ')] : []),
  ];
}
