import { Injectable } from '@nestjs/common';
import { RolesService } from '../../accounts/roles/roles.service.js';
import type { Rights } from '../../accounts/users/users.service.js';
import { ProtectedResources, type ProtectedResourceInfo } from '../../platform/access/protected-resources.js';
import type { OAuthClient } from '../clients/oauth-client.entity.js';
import { InvalidOAuthScope, InvalidTarget } from './provider.errors.js';

/** OIDC Core §5.4, §11; they stand for claims and for a refresh token, and open no route. */
export const OIDC_SCOPES = ['openid', 'profile', 'email', 'offline_access'];
const MOST_RESOURCES = 10;

/** Which scopes are asked for, and which of them are granted: asked ∩ the client's ∩ the user's rights. */
@Injectable()
export class GrantedScopesService {
  constructor(
    private readonly resources: ProtectedResources,
    private readonly roles: RolesService,
  ) {}

  /** The resources that a request names, or Gatehouse's own. @throws InvalidTarget */
  async resourcesFor(asked: readonly string[], client: OAuthClient): Promise<ProtectedResourceInfo[]> {
    if (asked.length === 0) return [this.resources.own];
    if (asked.length > MOST_RESOURCES) throw new InvalidTarget();
    const found = await Promise.all(asked.map((identifier) => this.resources.find(identifier)));
    const known = found.filter((each) => each !== undefined);
    const isAllowed = ({ identifier }: ProtectedResourceInfo) =>
      identifier === this.resources.ownIdentifier || (client.resources?.includes(identifier) ?? true);
    if (known.length < found.length || !known.every(isAllowed)) throw new InvalidTarget();
    return [...new Map(known.map((each) => [each.identifier, each])).values()];
  }

  /**
   * The scopes that a request may ask for; without any those that the client is registered for, or all of a foreign
   * resource.
   * @throws InvalidOAuthScope
   */
  askedFor(asked: readonly string[], resources: ProtectedResourceInfo[], client: OAuthClient): string[] {
    const known = [...OIDC_SCOPES, ...resources.flatMap(({ scopes }) => scopes)];
    if (asked.length === 0) {
      const foreign = resources.filter(({ identifier }) => identifier !== this.resources.ownIdentifier);
      const otherwise = client.scopes ?? foreign.flatMap(({ scopes }) => scopes);
      return otherwise.filter((scope) => known.includes(scope));
    }
    const isAllowed = (scope: string) =>
      known.includes(scope) &&
      (client.scopes === null || OIDC_SCOPES.includes(scope) || client.scopes.includes(scope));
    const beyond = asked.filter((scope) => !isAllowed(scope));
    if (beyond.length > 0) throw new InvalidOAuthScope(beyond);
    return [...asked];
  }

  /** Those of `scopes` that a user may use at these resources. */
  within(scopes: readonly string[], resources: ProtectedResourceInfo[], rights: Rights): string[] {
    const held = resources.flatMap((resource) => this.roles.scopesAt(resource.scopes, rights.granted));
    return scopes.filter((scope) => OIDC_SCOPES.includes(scope) || held.includes(scope));
  }

  /** The scopes that consent is asked for, by resource. */
  byResource(scopes: readonly string[], resources: ProtectedResourceInfo[]): Map<string, string[]> {
    return new Map(
      resources.map((resource) => [
        resource.identifier,
        scopes.filter((scope) => OIDC_SCOPES.includes(scope) || resource.scopes.includes(scope)),
      ]),
    );
  }
}
