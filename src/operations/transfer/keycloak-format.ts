/** Keycloak's hash provider for each `algorithm`, as the start of a PHC string. */
const PBKDF2: Record<string, string> = {
  pbkdf2: '$pbkdf2-sha1',
  'pbkdf2-sha256': '$pbkdf2-sha256',
  'pbkdf2-sha512': '$pbkdf2-sha512',
};
const ARGON2_VERSIONS: Record<string, number> = { '1.0': 16, '1.3': 19 };

type Found = Record<string, unknown>;

/**
 * A user of `kc.sh export`: https://www.keycloak.org/server/importExport. The hash stands in two JSON texts inside the
 * credential, in `secretData` and `credentialData`.
 */
export function keycloakLine({
  email,
  emailVerified,
  enabled,
  firstName,
  lastName,
  credentials,
}: Found): object {
  const name = [firstName, lastName].filter((each) => typeof each === 'string' && each !== '').join(' ');
  const password = listOf(credentials).find(({ type }) => type === 'password');
  return {
    email,
    ...(name !== '' && { name }),
    ...(enabled !== undefined && {
      status: enabled === false ? 'disabled' : enabled === true ? 'active' : enabled,
    }),
    ...(emailVerified !== undefined && { verified: emailVerified }),
    ...(password && { passwordHash: hashOf(password) }),
  };
}

/** What is not understood goes through as text that is no hash, for its check to refuse. */
function hashOf({ secretData, credentialData, value: plain }: Found): unknown {
  if (plain !== undefined) return plain;
  const { value, salt } = parsed(secretData);
  const { algorithm, hashIterations, additionalParameters } = parsed(credentialData);
  const digest = PBKDF2[String(algorithm)];
  if (digest) return `${digest}$i=${hashIterations}$${salt}$${value}`;
  if (algorithm !== 'argon2') return `${algorithm}$${hashIterations}$${salt}$${value}`;
  const [type, version, memory, lanes] = ['type', 'version', 'memory', 'parallelism'].map((name) =>
    String((additionalParameters as Record<string, unknown[]> | undefined)?.[name]?.[0]),
  );
  return `$argon2${type}$v=${ARGON2_VERSIONS[version!]}$m=${memory},t=${hashIterations},p=${lanes}$${salt}$${value}`;
}

function listOf(value: unknown): Found[] {
  return Array.isArray(value) ? value.filter((each) => each !== null && typeof each === 'object') : [];
}

function parsed(text: unknown): Found {
  try {
    return (JSON.parse(String(text)) as Found | null) ?? {};
  } catch {
    return {};
  }
}
