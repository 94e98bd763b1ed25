import { Injectable } from '@nestjs/common';
import type { ProtectedResourceInfo } from '../../platform/access/protected-resources.js';
import type { OAuthClient } from '../clients/oauth-client.entity.js';
import { ConsentPolicyService } from '../consents/consent-policy.service.js';
import { ConsentsService } from '../consents/consents.service.js';
import type { AuthorizationParameters } from './authorization-request.js';
import type { SignedInBrowser } from './browser-sessions.service.js';
import { GrantedScopesService } from './granted-scopes.service.js';
import { RefusedAuthorization } from './provider.errors.js';

/** What consent is asked for: all of a request that matters to it. */
export interface ConsentRequest {
  client: OAuthClient;
  parameters: Pick<AuthorizationParameters, 'resources' | 'scopes' | 'prompts'>;
}

/** What is to be allowed at one resource. */
export interface WantedConsent {
  resource: ProtectedResourceInfo;
  scopes: string[];
}

/** Which consent an authorization request still needs. */
@Injectable()
export class ConsentNeedsService {
  constructor(
    private readonly scopes: GrantedScopesService,
    private readonly consents: ConsentsService,
    private readonly policy: ConsentPolicyService,
  ) {}

  /** What consent is still needed for, by resource; empty when it was given. @throws RefusedAuthorization */
  async missing(
    { client, parameters }: ConsentRequest,
    { found }: SignedInBrowser,
  ): Promise<Map<string, string[]>> {
    const resources = await this.scopes.resourcesFor(parameters.resources, client);
    const scopes = this.scopes.within(parameters.scopes, resources, found);
    const verdict = await this.policy.decide({
      client,
      userId: found.user.id,
      resources: parameters.resources,
      scopes,
    });
    if (verdict === 'deny')
      throw new RefusedAuthorization('access_denied', 'The operator does not allow this application.');
    if (verdict === 'allow') return new Map();
    const wanted = this.scopes.byResource(scopes, resources);
    if (parameters.prompts.includes('consent')) return wanted;
    const granted = await this.consents.granted(found.user.id, client.id);
    const isMissing = ([resource, each]: [string, string[]]) =>
      granted.get(resource) === undefined || each.some((scope) => !granted.get(resource)!.includes(scope));
    return new Map([...wanted].filter(isMissing));
  }

  /** The same with what is known of the resources. @throws RefusedAuthorization as {@link missing} */
  async wanted(asked: ConsentRequest, browser: SignedInBrowser): Promise<WantedConsent[]> {
    const missing = await this.missing(asked, browser);
    const resources = await this.scopes.resourcesFor(asked.parameters.resources, asked.client);
    return resources
      .filter(({ identifier }) => missing.has(identifier))
      .map((resource) => ({ resource, scopes: missing.get(resource.identifier)! }));
  }
}
