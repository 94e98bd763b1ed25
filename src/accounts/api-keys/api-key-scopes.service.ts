import { Injectable } from '@nestjs/common';
import { isInside, type Actor } from '../../platform/access/actor.js';
import { CurrentRights } from '../../platform/access/current-rights.js';
import { ProtectedResources } from '../../platform/access/protected-resources.js';
import { refuseEscalation, RolesService } from '../roles/roles.service.js';

/** Which scopes a caller may give a key: their own, and those of the API it is for that their roles grant. */
@Injectable()
export class ApiKeyScopes {
  constructor(
    private readonly resources: ProtectedResources,
    private readonly roles: RolesService,
    private readonly rights: CurrentRights,
  ) {}

  /** @throws PrivilegeEscalation */
  async refuseEscalation(scopes: readonly string[], audience: string, actor: Actor): Promise<void> {
    const beyond = scopes.filter((scope) => !actor.principal?.scopes.includes(scope));
    if (isInside(actor) || beyond.length === 0) return;
    const granted = audience === this.resources.ownIdentifier ? [] : await this.grantedAt(audience, actor);
    refuseEscalation(
      beyond.filter((scope) => !granted.includes(scope)),
      actor,
    );
  }

  /** First-party tokens carry no scopes of other APIs, so the account is asked. */
  private async grantedAt(audience: string, { principal }: Actor): Promise<string[]> {
    const resource = await this.resources.find(audience);
    const rights = principal && resource && (await this.rights.rightsOf(principal.id));
    return rights?.isActive ? this.roles.scopesAt(resource!.scopes, rights.granted) : [];
  }
}
