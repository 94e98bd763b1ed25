import { Injectable } from '@nestjs/common';
import { ProtectedResources, type ProtectedResourceInfo } from '../../platform/access/protected-resources.js';
import { Settings } from '../../platform/config/settings.js';
import { ServerDocument } from '../../tokens/keys/server-document.service.js';
import { ASSERTION_ALGS } from '../clients/client-assertions.service.js';
import { AUTH_METHODS, ID_TOKEN_ALGS } from '../clients/oauth-client.entity.js';
import { PROMPTS, RESPONSE_MODES } from './authorization-request.js';
import { OIDC_SCOPES } from './granted-scopes.service.js';
import { IdTokenClaimsService } from './id-token-claims.service.js';
import { PROOF_ALGS } from './proofs.service.js';
import { GrantHandlers } from './token-grants.service.js';

const STANDARD_CLAIMS =
  'sub iss aud exp iat auth_time nonce acr amr sid at_hash name email email_verified updated_at'.split(' ');

/** What this server can do, for clients that configure themselves. */
@Injectable()
export class ServerMetadataService {
  constructor(
    private readonly settings: Settings,
    private readonly resources: ProtectedResources,
    private readonly handlers: GrantHandlers,
    private readonly claims: IdTokenClaimsService,
    document: ServerDocument,
  ) {
    document.use(() => this.ofServer());
  }

  /** RFC 8414 and OIDC Discovery: one document for both. */
  async ofServer(): Promise<object> {
    const { PUBLIC_URL: issuer, REGISTRATION, CLIENT_DOCUMENTS } = this.settings;
    const all = await this.resources.all();
    const authMethods = [...AUTH_METHODS];
    const withoutNone = authMethods.filter((method) => method !== 'none');
    return {
      issuer,
      authorization_endpoint: `${issuer}/oauth/authorize`,
      token_endpoint: `${issuer}/oauth/token`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      userinfo_endpoint: `${issuer}/oauth/userinfo`,
      end_session_endpoint: `${issuer}/oauth/logout`,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      introspection_endpoint: `${issuer}/oauth/introspect`,
      pushed_authorization_request_endpoint: `${issuer}/oauth/par`,
      device_authorization_endpoint: `${issuer}/oauth/device`,
      ...(REGISTRATION !== 'off' && { registration_endpoint: `${issuer}/oauth/register` }),
      scopes_supported: [...OIDC_SCOPES, ...new Set(all.flatMap(({ scopes }) => scopes))],
      response_types_supported: ['code'],
      response_modes_supported: [...RESPONSE_MODES],
      grant_types_supported: this.handlers.types,
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...ID_TOKEN_ALGS],
      token_endpoint_auth_methods_supported: authMethods,
      token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
      revocation_endpoint_auth_methods_supported: authMethods,
      revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
      introspection_endpoint_auth_methods_supported: withoutNone,
      introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: CLIENT_DOCUMENTS === 'on',
      dpop_signing_alg_values_supported: PROOF_ALGS,
      claims_supported: [...STANDARD_CLAIMS, ...this.claims.names],
      claims_parameter_supported: false,
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
      require_pushed_authorization_requests: false,
      prompt_values_supported: [...PROMPTS],
      // RFC 9470 §7
      acr_values_supported: ['sfa', 'mfa'],
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      protected_resources: all.map(({ identifier }) => identifier),
      service_documentation: `${issuer}/docs`,
      ui_locales_supported: ['en', 'de', 'fr', 'es', 'pt-BR', 'ja', 'zh-CN', 'ar'],
    };
  }

  /** RFC 9728 of an API on this host; `undefined` when there is none at this path. */
  ofResource(path: string): object | undefined {
    const name = path.replaceAll(/^\/|\/$/g, '');
    const found =
      name === ''
        ? this.resources.own
        : this.resources.ofModules.find((each) => each.identifier.endsWith(`/${name}`) && each.name === name);
    return found && this.described(found);
  }

  private described({ identifier, name, scopes }: ProtectedResourceInfo): object {
    return {
      resource: identifier,
      authorization_servers: [this.settings.PUBLIC_URL],
      scopes_supported: scopes,
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: PROOF_ALGS,
      resource_name: name,
      resource_documentation: `${this.settings.PUBLIC_URL}/docs`,
    };
  }
}
