import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { requestOf } from '../http/request-of.js';
import { AccessPolicies, refusalOf } from './access-policy.js';

/** Holds the principal against the route's roles (any of) and scopes (all of). */
@Injectable()
export class AuthorizationGuard implements CanActivate {
  constructor(private readonly policies: AccessPolicies) {}

  canActivate(context: ExecutionContext): boolean {
    const policy = this.policies.of(context.getHandler(), context.getClass());
    const refusal = refusalOf(policy, requestOf(context)?.user);
    if (refusal) throw refusal;
    return true;
  }
}
