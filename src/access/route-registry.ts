import { Injectable, RequestMethod, type OnModuleInit, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { AccessPolicies, type AccessPolicy } from './access-policy.js';
import { UndeclaredAccess } from './access.errors.js';

/** One route of the application and who may call it. */
export interface Route {
  method: string;
  path: string;
  /** `UsersController.list` */
  handler: string;
  policy: AccessPolicy;
}

/** All routes, read from the controllers at start. The application does not start when one declares no access. */
@Injectable()
export class RouteRegistry implements OnModuleInit {
  private found: Route[] | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly policies: AccessPolicies,
  ) {}

  onModuleInit(): void {
    const undeclared = this.routes.filter(({ policy }) => !policy.isDeclared);
    if (undeclared.length > 0) throw new UndeclaredAccess(undeclared.map(({ handler }) => handler));
  }

  /** Every route, by path and method. */
  get routes(): Route[] {
    this.found ??= this.discovery
      .getControllers()
      .flatMap(({ metatype }) => (metatype ? this.routesOf(metatype as Type) : []))
      .toSorted((a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method));
    return this.found;
  }

  /** The route that a request would meet. Declared segments win over parameters, as in the router. */
  find(method: string, path: string): Route | undefined {
    const matching = this.routes.filter((route) => route.method === method && matches(route.path, path));
    return matching.toSorted((a, b) => a.path.split(':').length - b.path.split(':').length)[0];
  }

  /** Every scope that a route needs or asks about, sorted, with those routes. */
  get scopes(): Map<string, Route[]> {
    const scopes = new Map<string, Route[]>();
    for (const route of this.routes) {
      for (const scope of [...route.policy.scopes, ...route.policy.optionalScopes]) {
        scopes.set(scope, [...(scopes.get(scope) ?? []), route]);
      }
    }
    return new Map([...scopes].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  private routesOf(controller: Type): Route[] {
    return this.scanner.getAllMethodNames(controller.prototype as object).flatMap((name) => {
      const handler = (controller.prototype as Record<string, (...args: never[]) => unknown>)[name]!;
      const verb: RequestMethod | undefined = Reflect.getMetadata(METHOD_METADATA, handler);
      if (verb === undefined) return [];
      const policy = this.policies.of(handler, controller);
      return pathsOf(controller).flatMap((prefix) =>
        pathsOf(handler).map((path) => ({
          method: RequestMethod[verb],
          path: `/${[prefix, path].flatMap((part) => part.split('/').filter(Boolean)).join('/')}`,
          handler: `${controller.name}.${name}`,
          policy,
        })),
      );
    });
  }
}

function matches(declared: string, path: string): boolean {
  const segments = path.split('/');
  const pattern = declared.split('/');
  return (
    pattern.length === segments.length &&
    pattern.every((each, position) =>
      each.startsWith(':') ? segments[position] !== '' : each === segments[position],
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
}: AccessPolicy): string {
  if (isPublic) return 'public';
  const parts = [
    roles.length + scopes.length === 0 && 'authenticated',
    roles.length > 0 && `roles: ${roles.join(' | ')}`,
    scopes.length > 0 && `scopes: ${scopes.join(' ')}`,
    (isSessionOnly || stepUp) && 'no API keys',
    optionalScopes.length > 0 && `more with: ${optionalScopes.join(' ')}`,
    stepUp && `signed in within: ${stepUp.maxAgeS}s${stepUp.acr ? ` (${stepUp.acr})` : ''}`,
  ];
  return parts.filter(Boolean).join(', ');
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
