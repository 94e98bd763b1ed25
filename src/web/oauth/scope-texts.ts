import type { TextKey } from '../views/texts.types.js';

/** Those that stand for claims and for how long an application stays signed in (OIDC Core §5.4, §11). */
const OF_ALL: Record<string, TextKey> = {
  openid: 'scope.openid',
  profile: 'scope.profile',
  email: 'scope.email',
  offline_access: 'scope.offline_access',
};

/** Those of this server's own routes. */
const OWN: Record<string, TextKey> = {
  'account:read': 'scope.account:read',
  'account:write': 'scope.account:write',
  'api-keys:admin': 'scope.api-keys:admin',
  'audit:read': 'scope.audit:read',
  'clients:read': 'scope.clients:read',
  'clients:write': 'scope.clients:write',
  'keys:read': 'scope.keys:read',
  'keys:write': 'scope.keys:write',
  'metrics:read': 'scope.metrics:read',
  'resources:read': 'scope.resources:read',
  'resources:write': 'scope.resources:write',
  'roles:assign': 'scope.roles:assign',
  'roles:read': 'scope.roles:read',
  'roles:write': 'scope.roles:write',
  'tokens:introspect': 'scope.tokens:introspect',
  'users:read': 'scope.users:read',
  'users:write': 'scope.users:write',
};

/** What a scope lets an application do, in words; `undefined` for those of modules and of other APIs. */
export function textOfScope(scope: string, isForeign: boolean): TextKey | undefined {
  const own = isForeign ? undefined : Object.hasOwn(OWN, scope) ? OWN[scope] : undefined;
  return own ?? (Object.hasOwn(OF_ALL, scope) ? OF_ALL[scope] : undefined);
}
