import { isDeepStrictEqual } from 'node:util';
import type { ApiRoute } from './api-route.entity.js';
import { newRoute } from './new-route.js';
import { shapeOf } from './route-shapes.js';
import type { CreateRoute } from './routes.dto.js';

/** A route that is there and becomes another. */
export interface RouteChange {
  route: ApiRoute;
  change: Partial<ApiRoute>;
}

/** What an import does. */
export interface ImportPlan {
  added: ApiRoute[];
  changed: RouteChange[];
  removed: ApiRoute[];
  unchanged: number;
  /** What is not wanted and stays. */
  kept: ApiRoute[];
}

/** How an import goes about routes that are not wanted. */
export interface PlanOptions {
  /** They stay. */
  keepOthers?: boolean;
}

/**
 * Holds routes that are wanted against those of a version. A route is found again by its operationId, or else by its method
 * and path, and keeps its id; what is not stated stays as it is. One of several methods is split: each of them keeps its rules.
 */
export function planOf(
  wanted: CreateRoute[],
  routes: ApiRoute[],
  versionId: string,
  { keepOthers = false }: PlanOptions = {},
): ImportPlan {
  const left = new Set(routes);
  const found = new Map<CreateRoute, ApiRoute>();
  const byId = new Map(
    routes.flatMap((route) => (route.operationId === null ? [] : [[route.operationId, route]])),
  );
  const take = (each: CreateRoute, route: ApiRoute | undefined) => {
    if (!route || !left.delete(route)) return;
    found.set(each, route);
  };
  for (const each of wanted) take(each, byId.get(each.operationId ?? ''));
  const byRequest = new Map(
    [...left].flatMap((route) => requestsOf(route).map((request) => [request, route])),
  );
  for (const each of wanted) if (!found.has(each)) take(each, byRequest.get(requestsOf(each)[0]!));
  const shared = sharedOf(routes);
  const others = [...left];
  const [kept, removed] = keepOthers ? [others, []] : [[], others];
  const plan: ImportPlan = { added: [], changed: [], removed, unchanged: 0, kept };
  for (const each of wanted) {
    const route = found.get(each);
    const change = route && changeOf(route, each);
    if (!route) plan.added.push(addedOf(versionId, each, shared.get(requestsOf(each)[0]!)));
    else if (change) plan.changed.push({ route, change });
    else plan.unchanged++;
  }
  if (keepOthers) plan.added.push(...restsOf(found, wanted));
  return plan;
}

/** Routes of several methods, by each request that they answer. */
function sharedOf(routes: ApiRoute[]): Map<string, ApiRoute> {
  const several = routes.filter(({ methods }) => methods.length > 1);
  return new Map(several.flatMap((route) => requestsOf(route).map((request) => [request, route])));
}

/** A route to be, with the rules of the one that answered its requests together with others. */
function addedOf(versionId: string, fields: CreateRoute, shared: ApiRoute | undefined): ApiRoute {
  const route = newRoute(versionId, fields);
  if (!shared) return route;
  const { id, createdAt, updatedAt } = route;
  return { ...shared, ...changeOf(shared, fields), id, createdAt, updatedAt };
}

/** The methods of routes that were taken for others of their methods, as routes of their own. */
function restsOf(found: Map<CreateRoute, ApiRoute>, wanted: CreateRoute[]): ApiRoute[] {
  const requests = new Set(wanted.flatMap(requestsOf));
  return [...found].flatMap(([fields, route]) => {
    const { id, createdAt, updatedAt } = newRoute(route.versionId, fields);
    const methods = route.methods.filter(
      (method) => !fields.methods.includes(method) && !requests.has(`${method} ${shapeOf(route.path)}`),
    );
    const isRest = route.methods.length > 1 && methods.length > 0;
    return isRest ? [{ ...route, id, createdAt, updatedAt, methods, operationId: null }] : [];
  });
}

function requestsOf({ methods, path }: Pick<ApiRoute, 'methods' | 'path'>): string[] {
  return methods.map((method) => `${method} ${shapeOf(path)}`);
}

/** What of a route becomes another, if anything. */
function changeOf(
  route: ApiRoute,
  { limit, operationId = null, ...fields }: CreateRoute,
): Partial<ApiRoute> | undefined {
  const stated: Partial<ApiRoute> = {
    ...fields,
    operationId,
    ...(limit !== undefined && { callLimit: limit }),
  };
  const changes = Object.entries(stated).filter(
    ([name, value]) => value !== undefined && !isSame(route[name as keyof ApiRoute], value),
  );
  return changes.length > 0 ? { ...Object.fromEntries(changes), updatedAt: new Date() } : undefined;
}

/** The order of scopes, methods and roles means nothing. */
function isSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(comparable(one), comparable(other));
}

function comparable(value: unknown): unknown {
  // As a column keeps it, without what is undefined.
  const plain: unknown = value === undefined ? null : JSON.parse(JSON.stringify(value));
  return Array.isArray(plain) ? plain.toSorted() : plain;
}
