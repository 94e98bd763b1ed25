import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { requestOf } from '../http/request-of.js';
import { AccessPolicies, refusalOf } from './access-policy.js';
import { withMetadata } from './access.errors.js';
import { ProtectedResources } from './protected-resources.js';

/** Holds the principal against the route's roles (any of) and scopes (all of). */
@Injectable()
export class AuthorizationGuard implements CanActivate {
  constructor(
    private readonly policies: AccessPolicies,
    private readonly resources: ProtectedResources,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const policy = this.policies.of(context.getHandler(), context.getClass());
    const refusal = refusalOf(policy, requestOf(context)?.user);
    if (refusal && policy.resource !== undefined)
      throw withMetadata(refusal, this.resources.metadataUrlOf(policy.resource), policy.scopes);
    if (refusal) throw refusal;
    return true;
  }
}
