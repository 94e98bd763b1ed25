import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { refusalOf, type AccessPolicy } from '../access/access-policy.js';
import type { Principal } from '../access/principal.js';
import { RouteRegistry, type Route } from '../access/route-registry.js';
import type { InspectionResponse, InspectToken } from './tokens.dto.js';

/** The policy of what asks for nothing but somebody. */
const NOTHING: AccessPolicy = {
  isPublic: false,
  roles: [],
  scopes: [],
  optionalScopes: [],
  isSessionOnly: false,
  stepUp: undefined,
  strategy: undefined,
  isDeclared: true,
};

/** A path that the router would not take for a pattern. */
const LITERAL = /^[\w/.-]+$/;

/** Says who would be let in where, and which decorator decides. */
@Injectable()
export class RouteVerdicts {
  constructor(
    private readonly registry: RouteRegistry,
    private readonly http: HttpAdapterHost<FastifyAdapter>,
  ) {}

  /** What would be answered to this principal, or to nobody. */
  of(
    { method: verb, path: target }: NonNullable<InspectToken['route']>,
    principal: Principal | undefined,
  ): NonNullable<InspectionResponse['route']> {
    const url = pathOf(target);
    const route = this.find(verb, url);
    if (!route) {
      const isLetIn = this.isPage(verb, url);
      const decidedBy = isLetIn ? 'no decorator: public' : 'there is no such route';
      return { handler: null, isLetIn, decidedBy };
    }
    const { handler, policy } = route;
    const decorators = decoratorsOf(policy);
    const all = decorators.map(({ text }) => text).join(', ');
    if (policy.strategy !== undefined)
      return { handler, isLetIn: false, decidedBy: `${all}: it takes no token of ours` };
    const refusal = refusalOf(policy, principal);
    if (!refusal) return { handler, isLetIn: true, decidedBy: all };
    if (!principal) return { handler, isLetIn: false, decidedBy: `${all}: invalid_token` };
    const refusing = decorators.find(({ asks }) => refusalOf(asks, principal)?.code === refusal.code);
    return { handler, isLetIn: false, decidedBy: `${refusing!.text}: ${refusal.code}` };
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
function decoratorsOf({ isPublic, roles, scopes, isSessionOnly, stepUp, strategy }: AccessPolicy) {
  const maxAge = `maxAge: '${stepUp?.maxAgeS}s'${stepUp?.acr ? `, acr: '${stepUp.acr}'` : ''}`;
  const said: [boolean, string, Partial<AccessPolicy>][] = [
    [isPublic, '@Public()', { isPublic }],
    [!isPublic && roles.length + scopes.length === 0, '@Authenticated()', {}],
    [roles.length > 0, `@Roles(${quoted(roles)})`, { roles }],
    [scopes.length > 0, `@Scopes(${quoted(scopes)})`, { scopes }],
    [isSessionOnly, '@SessionOnly()', { isSessionOnly }],
    [stepUp !== undefined, `@StepUp({ ${maxAge} })`, { stepUp }],
    [strategy !== undefined, `@AuthenticatedBy('${strategy}')`, { strategy }],
  ];
  return said.filter(([stands]) => stands).map(([, text, asks]) => ({ text, asks: { ...NOTHING, ...asks } }));
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
