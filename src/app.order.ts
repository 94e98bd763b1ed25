/**
 * The rooms of `src/`, wing by wing: a room imports only the wings above its own and the rooms to its left. The modules
 * of `app.module.ts` follow it, the generator adds to `features`, and `test/architecture.spec.ts` holds the source to it.
 */
export const ORDER = {
  platform: ['config', 'database', 'texts', 'http', 'access', 'audit', 'limits', 'mail', 'outbound'],
  tokens: ['revocation', 'keys', 'one-time-tokens', 'access-tokens', 'sessions', 'introspection'],
  accounts: ['roles', 'users', 'api-keys', 'factors'],
  auth: ['issuing', 'step-up', 'by-mail', 'login', 'me'],
  oauth: ['clients', 'consents', 'provider'],
  apis: [
    'resources',
    'upstreams',
    'versions',
    'applications',
    'plans',
    'catalogue',
    'subscriptions',
    'gateway',
    'usage',
    'configuration',
  ],
  web: ['views', 'console', 'sign-in', 'account', 'oauth', 'token-tool'],
  operations: ['transfer', 'settings', 'overview', 'waiting', 'outbox', 'health', 'cli'],
  features: [],
} as const;
