import { Injectable } from '@nestjs/common';
import type { Consent } from '../../oauth/consents/consents.service.js';
import type { WantedConsent } from '../../oauth/provider/consent-needs.service.js';
import { ProtectedResources } from '../../platform/access/protected-resources.js';
import type { Permissions } from './permissions.view.js';

/** What pages say of scopes and where they count. */
@Injectable()
export class PermissionsService {
  constructor(private readonly resources: ProtectedResources) {}

  /** What a user is asked for. */
  asked(wanted: readonly WantedConsent[]): Permissions[] {
    return wanted.map(({ resource, scopes }) => ({
      resource: this.isOwn(resource.identifier) ? undefined : resource,
      scopes,
    }));
  }

  /** What a user has allowed; the resource may be gone since. */
  async granted({ resource: identifier, scopes }: Consent): Promise<Permissions> {
    if (this.isOwn(identifier)) return { resource: undefined, scopes };
    const found = await this.resources.find(identifier);
    return { resource: found ?? { identifier, name: identifier, scopes: [] }, scopes };
  }

  private isOwn(identifier: string): boolean {
    return identifier === this.resources.ownIdentifier;
  }
}
