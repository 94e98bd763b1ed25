/** What is looked at of an answer. */
export function answerOf({ status, headers, text }) {
  const body = jsonOf(text);
  const retryAfter = Number.parseInt(headers.get('retry-after') ?? '', 10);
  // These are shown on a terminal.
  const [code] = /^[a-z_]{1,60}$/.exec(body?.code ?? body?.error ?? '') ?? [];
  const location = headers.get('location') ?? '';
  const movedTo = URL.canParse(location) ? new URL(location).origin : undefined;
  return { status, headers, body, code, retryAfter, movedTo };
}

function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** With a token response in the body. */
export const isSignedIn = ({ status, body }) =>
  status === 200 && typeof body?.access_token === 'string' && typeof body.refresh_token === 'string';

/** Whether the same may be asked again later. */
export const isBusy = ({ status, retryAfter }) => status === 429 || (status === 503 && retryAfter > 0);

/** Why a login failed, for the operator who can mend it. */
export function whyNotSignedIn({ status, code, movedTo }, { url, credentials }) {
  if (code === 'mfa_required')
    return 'the account has a second factor (mfa_required); take one that has none';
  if (code === 'invalid_credentials')
    return `the password of ${credentials.email} is wrong, or nobody has this address (invalid_credentials)`;
  if (movedTo) return `${url} sends on to ${movedTo}; if that is the deployment, give it as --url`;
  const words = `${status} ${code ?? 'without a problem code'}`;
  return `${url}: cannot log in, POST /v1/auth/login answered ${words}; is it Gatehouse?`;
}

export function tooOften({ status, retryAfter }) {
  const when = retryAfter > 0 ? `in ${retryAfter} s, as Retry-After says` : 'later';
  return `the server answered ${status}, too many requests; try again ${when}`;
}

/** Why there was no answer. */
export function reasonOf({ message, cause }) {
  const code = cause?.code ?? '';
  if (code === 'ECONNREFUSED') return 'connection refused; is it running, and is the port right?';
  if (/CERT|SIGNATURE/.test(code))
    return `a certificate that is not trusted (${code}); NODE_EXTRA_CA_CERTS may name the file of its authority`;
  return code || cause?.message || message;
}
