import { type FirebaseHashing, type FormatName } from './transfer.types.js';
import { elementsOf } from './json-array.js';
import { keycloakLine } from './keycloak-format.js';
import { linesOf, type Piece } from './ndjson.js';

/** How a file of another system is read: in pieces, each of which becomes a line as an import has it. */
export interface Format {
  pieces: (source: AsyncIterable<Uint8Array>) => AsyncGenerator<Piece>;
  /** What is not understood goes through as it is, for the check of lines to say what is wrong with it. */
  lineOf: (found: Record<string, unknown>) => object;
}

/** `hashing` is for Firebase alone; without it, its accounts come without passwords. */
export function formatNamed(name: FormatName, hashing?: FirebaseHashing): Format {
  if (name === 'auth0') return AUTH0;
  if (name === 'keycloak') return { pieces: elementsOf, lineOf: keycloakLine };
  return name === 'firebase' ? firebase(hashing) : NDJSON;
}

/** One JSON object a line, as exports here have it. */
export const NDJSON: Format = { pieces: linesOf, lineOf: (found) => found };

/**
 * Auth0's bulk user export as JSON, and the file of password hashes that its support makes: bcrypt.
 * https://auth0.com/docs/manage-users/user-migration/bulk-user-exports
 */
const AUTH0: Format = {
  pieces: linesOf,
  lineOf: ({ name, blocked, passwordHash, ...found }) => {
    const { email, verified } = addressOf(found);
    return {
      email,
      // Who gave none is called by their address there.
      ...(name !== undefined && name !== email && { name }),
      ...(blocked !== undefined && { status: statusOf(blocked) }),
      ...(verified !== undefined && { verified }),
      ...(passwordHash !== undefined && { passwordHash }),
    };
  },
};

/** In the file of hashes it may stand among the identifiers alone. */
function addressOf({ email, email_verified: verified, identifiers }: Record<string, unknown>): {
  email: unknown;
  verified: unknown;
} {
  const all: unknown[] = Array.isArray(identifiers) ? identifiers : [];
  const found = all.filter(isEmailIdentifier);
  if (email === undefined || email === null) return { email: found[0]?.value, verified: found[0]?.verified };
  const own = found.find(({ value }) => value === email);
  return { email, verified: verified ?? own?.verified };
}

function isEmailIdentifier(each: unknown): each is { value: unknown; verified?: unknown } {
  return (
    each !== null && typeof each === 'object' && 'type' in each && each.type === 'email' && 'value' in each
  );
}

/**
 * Firebase's `auth:export` as JSON. Its hashes are of a scrypt of its own.
 * https://firebase.google.com/docs/cli/auth
 */
function firebase(hashing: FirebaseHashing | undefined): Format {
  return {
    pieces: elementsOf,
    lineOf: ({ email, emailVerified, displayName, disabled, passwordHash, salt }) => ({
      email,
      ...(displayName !== undefined && { name: displayName }),
      ...(disabled !== undefined && { status: statusOf(disabled) }),
      ...(emailVerified !== undefined && { verified: emailVerified }),
      ...(hashing && passwordHash !== undefined && { passwordHash: phcOf(hashing, salt, passwordHash) }),
    }),
  };
}

function statusOf(isDisabled: unknown): unknown {
  return typeof isDisabled === 'boolean' ? (isDisabled ? 'disabled' : 'active') : isDisabled;
}

function phcOf(
  { signerKey, saltSeparator, rounds, memoryCost }: FirebaseHashing,
  salt: unknown,
  hash: unknown,
) {
  const parts = [salt, saltSeparator, signerKey, hash].map((part) => String(part ?? '').replaceAll('=', ''));
  return `$firebase-scrypt$ln=${memoryCost},r=${rounds}$${parts.join('$')}`;
}
