/** What a link carries, in its fragment, which browsers do not send. */
export interface Shared {
  token: string;
  publicKey: string | undefined;
}

/** The names that other tools use; the first is ours. */
const NAMES = ['token', 'id_token', 'access_token', 'value', 'jwt'];

/**
 * Reads the fragment of a link as jwt.io writes it: `#token=`, `#id_token=`, `#access_token=`, `#value=`, with
 * `publicKey=`, and its old `#debugger-io?token=`.
 */
export function readFragment(fragment: string): Shared | undefined {
  const parameters = new URLSearchParams(fragment.replace(/^#/, '').replace(/^debugger-io\?/, ''));
  const token = NAMES.map((name) => parameters.get(name)).find(Boolean);
  if (!token) return undefined;
  return { token, publicKey: parameters.get('publicKey') ?? undefined };
}

/**
 * A link to a token, without its signature unless that is asked for: what cannot be replayed can be shown around.
 * Secrets and private keys are never in it.
 */
export function shareLink(
  page: string,
  token: string,
  { withSignature = false, publicKey = '' } = {},
): string {
  const parameters = new URLSearchParams({ token: withSignature ? token : withoutSignature(token) });
  if (publicKey !== '') parameters.set('publicKey', publicKey);
  return `${page}#${parameters.toString()}`;
}

function withoutSignature(token: string): string {
  const [jwt = ''] = token.split('~');
  const parts = jwt.split('.');
  // An encrypted token says nothing without its tag, and its tag opens nothing without the key.
  if (parts.length !== 3) return token;
  return `${parts[0]}.${parts[1]}.`;
}
