import type { Ending } from '../../tokens/revocation/ending.types.js';

/** An application outlives who registered it, as a resource does. */
export const CLIENT_ENDING: Ending = {
  table: 'oauth_clients',
  on: [],
  end: () => [],
  exported: {
    as: 'oauthClients',
    owner: 'owner_id',
    times: ['created_at', 'updated_at', 'last_used_at', 'document_expires_at'],
    numbers: ['version'],
    flags: ['dpop', 'par', 'skip_consent'],
    json: ['redirect_uris', 'post_logout_redirect_uris', 'grant_types', 'scopes', 'resources', 'jwks'],
    hidden: ['token_family', 'registration_token_hash', 'version'],
  },
};
