import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { refusalOf, type AccessPolicy } from '../../platform/access/access-policy.js';
import type { Principal } from '../../platform/access/principal.js';
import { ProtectedResources } from '../../platform/access/protected-resources.js';
import { RouteRegistry, type Route } from '../../platform/access/route-registry.js';
import { InvalidToken, StrategyRefused } from '../../platform/access/access.errors.js';
import { NotFound } from '../../platform/http/http.errors.js';
import type { Problem } from '../../platform/http/problem.js';
import type { InspectionResponse, InspectToken } from './tokens.dto.js';

/** What is said of a route: what decides, and what would be answered when it is a refusal. */
type Verdict = Required<Pick<InspectionResponse, 'route'>> & Pick<InspectionResponse, 'refusal'>;

/** The policy of `@Authenticated()` alone. */
const NOTHING: AccessPolicy = {
  isPublic: false,
  roles: [],
  scopes: [],
  optionalScopes: [],
  isSessionOnly: false,
  stepUp: undefined,
  takesOutdated: false,
  strategy: undefined,
  isClientAuthenticated: false,
  isFirstPartyOnly: false,
  resource: undefined,
  isDeclared: true,
};

/** A path that the router would not take for a pattern. */
const LITERAL = /^[\w/.-]+$/;

/** Says who would be let in where, and which decorator decides. */
@Injectable()
export class RouteVerdicts {
  constructor(
    private readonly registry: RouteRegistry,
    private readonly resources: ProtectedResources,
    private readonly http: HttpAdapterHost<FastifyAdapter>,
  ) {}

  /**
   * What would be answered to a token.
   * @param principalAt who it acts as, if it works: at Gatehouse's own API, or at the one with this identifier
   */
  of(
    { method: verb, path: target }: NonNullable<InspectToken['route']>,
    principalAt: (audience?: string) => Principal | undefined,
  ): Verdict {
    const url = pathOf(target);
    const route = this.find(verb, url);
    if (!route) {
      if (this.isPage(verb, url)) return letIn(null, 'no decorator: public');
      return refused(null, 'there is no such route', new NotFound('There is no such route.'));
    }
    const { handler, policy } = route;
    const decorators = decoratorsOf(policy);
    const all = decorators.map(({ text }) => text).join(', ');
    if (policy.strategy !== undefined)
      return refused(handler, `${all}: it takes no token of ours`, new StrategyRefused(policy.strategy, ''));
    if (policy.isClientAuthenticated)
      return refused(
        handler,
        `${all}: it takes no token`,
        new StrategyRefused('client authentication', 'Basic'),
      );
    const { resource } = policy;
    const principal = principalAt(resource && this.resources.identifierOf(resource));
    if (resource !== undefined && !principal)
      return refused(handler, `${all}: it takes tokens for that alone`, new InvalidToken());
    const refusal = refusalOf(policy, principal);
    if (!refusal) return letIn(handler, all);
    // A token came with the request, and does not work.
    if (!principal) return refused(handler, `${all}: invalid_token`, new InvalidToken());
    const refusing = decorators.find(({ asks }) => refusalOf(asks, principal)?.code === refusal.code);
    return refused(handler, `${refusing!.text}: ${refusal.code}`, refusal, missingOf(policy, principal));
  }

  private find(method: string, url: string): Route | undefined {
    return (
      this.registry.find(method, url) ?? (method === 'HEAD' ? this.registry.find('GET', url) : undefined)
    );
  }

  /** What is served without a controller, such as the documentation, and so without a guard. */
  private isPage(method: string, url: string): boolean {
    if (!['GET', 'HEAD'].includes(method) || !LITERAL.test(url)) return false;
    if (this.registry.routes.some(({ path }) => path === url)) return false;
    return this.http.httpAdapter.getInstance().hasRoute({ method: 'GET', url });
  }
}

function letIn(handler: string | null, decidedBy: string): Verdict {
  return { route: { handler, isLetIn: true, decidedBy } };
}

/** As the guard would answer it. */
function refused(
  handler: string | null,
  decidedBy: string,
  problem: Problem,
  missing = { missingScopes: [] as string[], missingRoles: [] as string[] },
): Verdict {
  const { status, code, detail } = problem;
  return { route: { handler, isLetIn: false, decidedBy }, refusal: { status, code, detail, ...missing } };
}

function missingOf({ roles, scopes }: AccessPolicy, principal: Principal) {
  const hasRole = roles.some((role) => principal.roles.includes(role));
  return {
    missingScopes: scopes.filter((scope) => !principal.scopes.includes(scope)),
    missingRoles: hasRole ? [] : [...roles],
  };
}

/** The path of a request's target, as the router reads it; empty when it cannot be read. */
function pathOf(target: string): string {
  const [path = ''] = target.split('?', 1);
  try {
    return decodeURI(path);
  } catch {
    return '';
  }
}

/** What guards a handler, as it is written above it or its class, each with what it alone asks. */
function decoratorsOf(policy: AccessPolicy) {
  const { isPublic, roles, scopes, isSessionOnly, stepUp, strategy, resource } = policy;
  const { isClientAuthenticated, isFirstPartyOnly } = policy;
  const isBare = !isPublic && !isClientAuthenticated && roles.length + scopes.length === 0;
  const maxAge = `maxAge: '${stepUp?.maxAgeS}s'${stepUp?.acr ? `, acr: '${stepUp.acr}'` : ''}`;
  const said: [boolean, string, Partial<AccessPolicy>][] = [
    [isPublic, '@Public()', { isPublic }],
    [isClientAuthenticated, '@ClientAuthenticated()', { isClientAuthenticated }],
    [isBare, '@Authenticated()', {}],
    [roles.length > 0, `@Roles(${quoted(roles)})`, { roles }],
    [scopes.length > 0, `@Scopes(${quoted(scopes)})`, { scopes }],
    [isSessionOnly, '@SessionOnly()', { isSessionOnly, isFirstPartyOnly: true }],
    [stepUp !== undefined, `@StepUp({ ${maxAge} })`, { stepUp, isFirstPartyOnly: true }],
    [isFirstPartyOnly && !isSessionOnly && !stepUp, '@FirstPartyOnly()', { isFirstPartyOnly }],
    [resource !== undefined, `@ProtectedResource('${resource}')`, { resource }],
    [strategy !== undefined, `@AuthenticatedBy('${strategy}')`, { strategy }],
  ];
  return said.filter(([stands]) => stands).map(([, text, asks]) => ({ text, asks: { ...NOTHING, ...asks } }));
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
