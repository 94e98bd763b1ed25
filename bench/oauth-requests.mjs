// Requests to token endpoints, the same for both sides.
import { createHash } from 'node:crypto';
import { post } from './load.mjs';

export const SCOPE = 'account:read account:write resources:read';
const verifier = 'a-verifier-for-the-benchmark-only-of-more-than-43-characters';
export const challenge = createHash('sha256').update(verifier).digest('base64url');

export function form(path, fields, header) {
  return post(path, new URLSearchParams(fields).toString(), 'application/x-www-form-urlencoded', header);
}

export function basic(id, secret) {
  return `Authorization: Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

export function codeFields(clientId, code, redirectUri) {
  return {
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  };
}
