import { Injectable, RequestMethod, type OnModuleInit, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, ModuleRef } from '@nestjs/core';
import { AccessPolicies, type AccessPolicy } from './access-policy.js';
import { UndeclaredAccess, UnfilteredGateway, UnguardedField } from './access.errors.js';
import { callOf, isRestrictedField, isUnfilteredGateway, type Call } from './transport-handlers.js';

/**
 * One route of the application and who may call it. Messages of gateways are routes too, with the method `WS` and the
 * message for a path, and so are the queries of GraphQL (`QUERY`, `MUTATION`, `SUBSCRIPTION`).
 */
export interface Route {
  method: string;
  path: string;
  /** `UsersController.list` */
  handler: string;
  policy: AccessPolicy;
}

/** The options of `GraphQLModule`, where there is one. */
const GRAPHQL_OPTIONS = 'GqlModuleOptions';

/** All routes, read from the controllers at start. The application does not start when one declares no access. */
@Injectable()
export class RouteRegistry implements OnModuleInit {
  private found: Route[] | undefined;
  private foundScopes: Map<string, Route[]> | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly policies: AccessPolicies,
    private readonly moduleRef: ModuleRef,
  ) {}

  onModuleInit(): void {
    this.refuseUndeclared();
  }

  /** @throws UndeclaredAccess */
  refuseUndeclared(): void {
    const undeclared = this.routes.filter(({ policy }) => !policy.isDeclared);
    if (undeclared.length > 0) throw new UndeclaredAccess(undeclared.map(({ handler }) => handler));
    const unfiltered = this.classes.filter(isUnfilteredGateway);
    if (unfiltered.length > 0) throw new UnfilteredGateway(unfiltered.map(({ name }) => name));
    const fields = this.classes.flatMap((each) =>
      this.handlersOf(each).filter(({ handler }) => isRestrictedField(handler, each)),
    );
    if (fields.length > 0 && !this.areFieldsGuarded())
      throw new UnguardedField(fields.map(({ fullName }) => fullName));
  }

  /** Every route, by path and method. */
  get routes(): Route[] {
    this.found ??= this.classes
      .flatMap((each) => this.routesOf(each))
      .toSorted((a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method));
    return this.found;
  }

  /** The route that a request would meet. As in the router, declared segments win over parameters, and those over wildcards. */
  find(method: string, path: string): Route | undefined {
    const matching = this.routes.filter(
      (route) => [method, 'ALL'].includes(route.method) && matches(route.path, path),
    );
    const isOpen = ({ path: declared }: Route) => Number(declared.endsWith('*'));
    const parameters = ({ path: declared }: Route) => declared.split(':').length;
    return matching.toSorted((a, b) => isOpen(a) - isOpen(b) || parameters(a) - parameters(b))[0];
  }

  /** Every scope that a route needs or asks about, sorted, with those routes. */
  get scopes(): ReadonlyMap<string, Route[]> {
    this.foundScopes ??= scopesIn(this.routes);
    return this.foundScopes;
  }

  /** The controllers, and every provider, for gateways and resolvers are among those. */
  private get classes(): Type[] {
    const wrappers = [...this.discovery.getControllers(), ...this.discovery.getProviders()];
    const types = wrappers.map(({ isNotMetatype, instance, metatype }) =>
      isNotMetatype ? (instance as object | null)?.constructor : metatype,
    );
    return [...new Set(types as Type[])].filter((type) => typeof type?.prototype === 'object');
  }

  private routesOf(type: Type): Route[] {
    return this.handlersOf(type).flatMap(({ handler, name, fullName }) => {
      const call = callOf(handler, name);
      const calls = [...(call ? [call] : []), ...httpCallsOf(handler, type)];
      return calls.map((each) => ({
        ...each,
        handler: fullName,
        policy: this.policies.of(handler, type),
      }));
    });
  }

  private handlersOf(type: Type) {
    return this.scanner.getAllMethodNames(type.prototype as object).map((name) => ({
      name,
      fullName: `${type.name}.${name}`,
      handler: (type.prototype as Record<string, (...args: never[]) => unknown>)[name]!,
    }));
  }

  private areFieldsGuarded(): boolean {
    const options = this.moduleRef.get<{ fieldResolverEnhancers?: string[] }>(GRAPHQL_OPTIONS, {
      strict: false,
    });
    return options.fieldResolverEnhancers?.includes('guards') === true;
  }
}

function httpCallsOf(handler: object, controller: Type): Call[] {
  const verb: RequestMethod | undefined = Reflect.getMetadata(METHOD_METADATA, handler);
  if (verb === undefined) return [];
  return pathsOf(controller).flatMap((prefix) =>
    pathsOf(handler).map((path) => ({
      method: RequestMethod[verb],
      path: `/${[prefix, path].flatMap((part) => part.split('/').filter(Boolean)).join('/')}`,
    })),
  );
}

function matches(declared: string, path: string): boolean {
  const segments = path.split('/');
  const pattern = declared.split('/');
  // A wildcard stands for all that comes, and stands last.
  const isOpen = pattern.at(-1) === '*';
  return (
    (pattern.length === segments.length || (isOpen && pattern.length < segments.length)) &&
    pattern.every((each, position) =>
      each.startsWith(':') ? segments[position] !== '' : each === '*' || each === segments[position],
    )
  );
}

function pathsOf(target: object): string[] {
  const path: string | string[] | undefined = Reflect.getMetadata(PATH_METADATA, target);
  return [path ?? ''].flat();
}

/** `public`, `authenticated`, or the roles and scopes that a route needs, as the access matrix shows it. */
export function describeAccess({
  isPublic,
  roles,
  scopes,
  optionalScopes,
  isSessionOnly,
  stepUp,
  strategy,
  takesOutdated,
  isClientAuthenticated,
  isFirstPartyOnly,
  resource,
}: AccessPolicy): string {
  if (isPublic) return 'public';
  if (isClientAuthenticated) return 'client authentication';
  const parts = [
    resource !== undefined && `resource: ${resource}`,
    roles.length + scopes.length === 0 && 'authenticated',
    roles.length > 0 && `roles: ${roles.join(' | ')}`,
    scopes.length > 0 && `scopes: ${scopes.join(' ')}`,
    (isSessionOnly || stepUp) && 'no API keys',
    takesOutdated && 'outdated tokens too',
    isFirstPartyOnly && !isSessionOnly && !stepUp && 'no other applications',
    strategy !== undefined && `by: ${strategy}`,
    optionalScopes.length > 0 && `more with: ${optionalScopes.join(' ')}`,
    stepUp && `signed in within: ${stepUp.maxAgeS}s${stepUp.acr ? ` (${stepUp.acr})` : ''}`,
  ];
  return parts.filter(Boolean).join(', ');
}

function scopesIn(routes: Route[]): Map<string, Route[]> {
  const scopes = new Map<string, Route[]>();
  for (const route of routes) {
    for (const scope of [...route.policy.scopes, ...route.policy.optionalScopes]) {
      scopes.set(scope, [...(scopes.get(scope) ?? []), route]);
    }
  }
  return new Map([...scopes].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** One line per route, in columns: method, path, access, handler. */
export function accessMatrix(routes: Route[]): string {
  const rows = routes.map(({ method, path, handler, policy }) => [
    method,
    path,
    describeAccess(policy),
    handler,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return `${lines.join('\n')}\n`;
}
