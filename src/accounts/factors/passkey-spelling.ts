import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';

type ResponseJSON = RegistrationResponseJSON | AuthenticationResponseJSON;

/**
 * What an authenticator answered, spelt as `PublicKeyCredential.toJSON()` of WebAuthn Level 3 does. Libraries of before, and
 * those of native applications, write base64 with its own letters and padding, leave out `rawId` or `type`, or send `null`
 * for what is not there. The signature covers the bytes, however they are spelt.
 */
export function asSpecified<Response extends ResponseJSON>(sent: Response): Response {
  const { id, rawId, response, type = 'public-key', clientExtensionResults, ...more } = present(sent);
  const credential = { id: asBase64url(id ?? rawId), rawId: asBase64url(rawId ?? id) };
  const members = Object.entries(present(response)).map(([name, value]) => [name, asBase64url(value)]);
  return {
    ...more,
    ...credential,
    type,
    clientExtensionResults: clientExtensionResults ?? {},
    response: Object.fromEntries(members),
  } as unknown as Response;
}

/** Whether a user handle names this user: the bytes of the id, or, from libraries that decode it, the id. */
export function isHandleOf(userId: string, userHandle: unknown): boolean {
  if (typeof userHandle !== 'string') return false;
  return userHandle === userId || Buffer.from(userHandle, 'base64url').toString() === userId;
}

/** What is sent may be anything. */
function present(sent: unknown): Record<string, unknown> {
  const members = typeof sent === 'object' && sent !== null ? Object.entries(sent) : [];
  return Object.fromEntries(members.filter(([, value]) => value !== null));
}

function asBase64url(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return value.replaceAll('+', '-').replaceAll('/', '_').replaceAll(/[=\s]/g, '');
}
