import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { refusalOf, type AccessPolicy } from '../access/access-policy.js';
import type { Principal } from '../access/principal.js';
import { RouteRegistry } from '../access/route-registry.js';
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
    const method = verb === 'HEAD' ? 'GET' : verb;
    const url = pathOf(target);
    const route = this.registry.find(method, url);
    if (!route) {
      // What no controller serves, such as the documentation, no guard guards.
      const isLetIn = this.http.httpAdapter.getInstance().hasRoute({ method, url });
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
}

/** The path of a request's target, as the router reads it. */
function pathOf(target: string): string {
  const [path = ''] = target.split('?', 1);
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** What stands above a handler or its class, each with what it alone asks. */
function decoratorsOf({ isPublic, roles, scopes, isSessionOnly, stepUp, strategy }: AccessPolicy) {
  const said: [boolean, string, Partial<AccessPolicy>][] = [
    [isPublic, '@Public()', { isPublic }],
    [!isPublic && roles.length + scopes.length === 0, '@Authenticated()', {}],
    [roles.length > 0, `@Roles(${roles.join(', ')})`, { roles }],
    [scopes.length > 0, `@Scopes(${scopes.join(', ')})`, { scopes }],
    [isSessionOnly, '@SessionOnly()', { isSessionOnly }],
    [stepUp !== undefined, `@StepUp(${stepUp?.maxAgeS}s${stepUp?.acr ? `, ${stepUp.acr}` : ''})`, { stepUp }],
    [strategy !== undefined, `@AuthenticatedBy(${strategy})`, { strategy }],
  ];
  return said.filter(([stands]) => stands).map(([, text, asks]) => ({ text, asks: { ...NOTHING, ...asks } }));
}
