import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { ClientsService, type ClientSettings, type MadeClient } from './clients.service.js';

/** What is said of a new client. */
export type NewClient = Pick<ClientSettings, 'name'> & Partial<ClientSettings>;

/** Registers clients of which only a part is said. */
@Injectable()
export class NewClientsService {
  constructor(private readonly clients: ClientsService) {}

  /** @throws InvalidClientMetadata, PrivilegeEscalation, NotFound for a service account that is none */
  create(given: NewClient, actor: Actor): Promise<MadeClient> {
    return this.clients.create(settingsOf(given), actor);
  }
}

/** The settings of a new client, with what follows where nothing was said. */
function settingsOf(given: NewClient): ClientSettings {
  const applicationType = given.applicationType ?? 'web';
  const authMethod = given.authMethod ?? (applicationType === 'native' ? 'none' : 'client_secret_basic');
  const isFapi2 = given.profile === 'fapi2';
  return {
    kind: given.kind ?? ('registered' as const),
    name: given.name,
    applicationType,
    authMethod,
    assertionAudience: given.assertionAudience ?? ('issuer' as const),
    redirectUris: given.redirectUris ?? [],
    postLogoutRedirectUris: given.postLogoutRedirectUris ?? [],
    backchannelLogoutUri: given.backchannelLogoutUri ?? null,
    grantTypes: given.grantTypes ?? ['authorization_code', 'refresh_token'],
    scopes: given.scopes ?? null,
    resources: given.resources ?? null,
    jwks: given.jwks ?? null,
    jwksUri: given.jwksUri ?? null,
    // What most applications understand (OIDC Discovery §3), and what is shorter for those that know no browser.
    idTokenAlg:
      given.idTokenAlg ?? (applicationType === 'web' && !isFapi2 ? ('RS256' as const) : ('ES256' as const)),
    dpop: given.dpop ?? isFapi2,
    par: given.par ?? isFapi2,
    profile: given.profile ?? null,
    skipConsent: given.skipConsent ?? given.kind === 'first-party',
    serviceAccountId: given.serviceAccountId ?? null,
    logoUri: given.logoUri ?? null,
    clientUri: given.clientUri ?? null,
    tosUri: given.tosUri ?? null,
    policyUri: given.policyUri ?? null,
  };
}
