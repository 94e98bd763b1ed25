import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AccessPolicies } from './access-policy.js';
import { InsufficientRole, InsufficientScope, Unauthenticated } from './access.errors.js';

/** Holds the principal against the route's roles (any of) and scopes (all of). */
@Injectable()
export class AuthorizationGuard implements CanActivate {
  constructor(private readonly policies: AccessPolicies) {}

  canActivate(context: ExecutionContext): boolean {
    const { isPublic, roles, scopes } = this.policies.of(context.getHandler(), context.getClass());
    if (isPublic) return true;

    const principal = context.switchToHttp().getRequest<FastifyRequest>().user;
    if (!principal) throw new Unauthenticated();
    if (roles.length > 0 && !roles.some((role) => principal.roles.includes(role))) {
      throw new InsufficientRole(roles);
    }
    if (!scopes.every((scope) => principal.scopes.includes(scope))) throw new InsufficientScope(scopes);
    return true;
  }
}
