import { Injectable, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  AUTHENTICATED,
  AUTHENTICATED_BY,
  CLIENT_AUTHENTICATED,
  EVEN_OUTDATED,
  FIRST_PARTY_ONLY,
  OPTIONAL_SCOPES,
  PROTECTED_RESOURCE,
  PUBLIC,
  ROLES,
  SCOPES,
  SESSION_ONLY,
  STEP_UP,
} from './access.decorators.js';
import {
  FirstPartyRequired,
  InsufficientRole,
  InsufficientScope,
  InsufficientUserAuthentication,
  SessionRequired,
  Unauthenticated,
} from './access.errors.js';
import { isFreshEnough, type StepUpPolicy } from './authentication-context.js';
import type { Principal } from './principal.js';

/** The name of the strategy that takes access tokens and API keys. */
export const ACCESS_TOKEN = 'jwt';

/** What the decorators of one route say, the handler's before its class's. */
export interface AccessPolicy {
  isPublic: boolean;
  /** Any one of these. */
  roles: readonly string[];
  /** All of these. */
  scopes: readonly string[];
  optionalScopes: readonly string[];
  /** Whether it is closed to API keys. */
  isSessionOnly: boolean;
  stepUp: StepUpPolicy | undefined;
  /** The Passport strategy that takes the place of the access token. */
  strategy: string | undefined;
  /** Whether credentials will do that have expired or were revoked. */
  takesOutdated: boolean;
  /** Whether an OAuth client authenticates, and no user is signed in. */
  isClientAuthenticated: boolean;
  /** Whether it is closed to tokens that other applications have of a user. */
  isFirstPartyOnly: boolean;
  /** The API of its own that the route belongs to; `undefined` for Gatehouse's. */
  resource: string | undefined;
  /** Whether anything was declared at all, and without contradiction. */
  isDeclared: boolean;
}

/** Why this principal may not pass; `undefined` when they may. */
export function refusalOf(policy: AccessPolicy, principal: Principal | undefined) {
  const { isPublic, isClientAuthenticated, roles, scopes, isSessionOnly, isFirstPartyOnly, stepUp } = policy;
  if (isPublic || isClientAuthenticated) return undefined;
  if (!principal) return new Unauthenticated();
  if (isFirstPartyOnly && principal.isDelegated === true) return new FirstPartyRequired();
  if (isSessionOnly && principal.sessionId === null) return new SessionRequired();
  // A key cannot prove anything afresh, so asking it to would lead nowhere.
  if (stepUp && principal.kind === 'api-key') return new SessionRequired();
  if (roles.length > 0 && !roles.some((role) => principal.roles.includes(role)))
    return new InsufficientRole(roles);
  if (!scopes.every((scope) => principal.scopes.includes(scope))) return new InsufficientScope(scopes);
  if (stepUp && !isFreshEnough(principal, stepUp)) return new InsufficientUserAuthentication(stepUp);
  return undefined;
}

/** Reads and remembers the policy of each handler. */
@Injectable()
export class AccessPolicies {
  private readonly known = new Map<Type, Map<unknown, AccessPolicy>>();

  constructor(private readonly reflector: Reflector) {}

  of(handler: object, controller: Type): AccessPolicy {
    let policies = this.known.get(controller);
    if (!policies) this.known.set(controller, (policies = new Map()));
    let policy = policies.get(handler);
    if (!policy) policies.set(handler, (policy = this.read(handler, controller)));
    return policy;
  }

  private read(handler: object, controller: Type): AccessPolicy {
    const get = <T>(key: string) =>
      this.reflector.getAllAndOverride<T | undefined>(key, [handler as Type, controller]);
    const restricting = [AUTHENTICATED, ROLES, SCOPES, CLIENT_AUTHENTICATED];

    const opensHandler = has(handler, PUBLIC);
    const restrictsHandler = restricting.some((key) => has(handler, key));
    const opensClass = has(controller, PUBLIC);
    const restrictsClass = restricting.some((key) => has(controller, key));
    // The handler is nearer: its @Public() opens a restricted class, and its restriction closes a public one.
    const isPublic = opensHandler || (opensClass && !restrictsHandler);
    const contradicts =
      (opensHandler && restrictsHandler) ||
      (opensClass && (restrictsClass || asksMore(controller))) ||
      (isPublic && asksMore(handler));
    const strategy = isPublic ? undefined : get<string>(AUTHENTICATED_BY);
    const isSessionOnly = !isPublic && get<boolean>(SESSION_ONLY) === true;
    const stepUp = isPublic ? undefined : get<StepUpPolicy>(STEP_UP);
    const isFirstPartyOnly = isSessionOnly || stepUp !== undefined || get<boolean>(FIRST_PARTY_ONLY) === true;
    return {
      isPublic,
      roles: (!isPublic && get<string[]>(ROLES)) || [],
      scopes: (!isPublic && get<string[]>(SCOPES)) || [],
      optionalScopes: get<string[]>(OPTIONAL_SCOPES) ?? [],
      isSessionOnly,
      stepUp,
      takesOutdated: !isPublic && get<boolean>(EVEN_OUTDATED) === true,
      isClientAuthenticated: !isPublic && get<boolean>(CLIENT_AUTHENTICATED) === true,
      isFirstPartyOnly: !isPublic && isFirstPartyOnly,
      resource: get<string>(PROTECTED_RESOURCE),
      strategy: strategy === ACCESS_TOKEN ? undefined : strategy,
      isDeclared: !contradicts && (opensHandler || restrictsHandler || opensClass || restrictsClass),
    };
  }
}

/** Whether it says what makes no sense on a public route. */
function asksMore(target: object): boolean {
  return has(target, STEP_UP) || has(target, AUTHENTICATED_BY);
}

function has(target: object, key: string): boolean {
  return Reflect.hasMetadata(key, target);
}
