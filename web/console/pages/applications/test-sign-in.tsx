import { settings } from '../../settings.js';
import { t } from '../../texts.js';
import type { Application } from './types.js';

const VERIFIER_BYTES = 32;

/** Begins a sign-in as the application would, in a tab of its own; it ends at the application, which refuses the code. */
export function TestSignIn({ application }: { application: Application }) {
  const { clientId, redirectUris, par, status, grantTypes } = application;
  const [redirectUri] = redirectUris;
  const isPossible = redirectUri && !par && status === 'active' && grantTypes.includes('authorization_code');
  if (!isPossible) return null;
  const begin = async () => {
    const url = new URL('/oauth/authorize', settings.issuer);
    const asked = {
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      state: 'test-sign-in',
      code_challenge: await challenge(),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    open(url, '_blank', 'noopener');
  };
  return (
    <button type="button" title={t('apps.testHint')} onClick={() => void begin()}>
      {t('apps.test')}
    </button>
  );
}

/** RFC 7636 §4.2; the verifier is not kept, for the code is not meant to be used. */
async function challenge(): Promise<string> {
  const verifier = encoded(crypto.getRandomValues(new Uint8Array(VERIFIER_BYTES)));
  return encoded(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

function encoded(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
