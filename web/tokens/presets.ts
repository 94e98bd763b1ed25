import type { Json } from './json.js';

/** A token to begin with: what is usual in one, with times around now. */
export interface Preset {
  id: string;
  name: string;
  alg: string;
  header: Json;
  claims: Json;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/**
 * Tokens to try things with.
 * @param issuer of this server
 * @param now in seconds since 1970
 */
export function presetsFor(issuer: string, now: number): Preset[] {
  return [
    preset('Access token', 'ES256', 'at+jwt', {
      iss: issuer,
      sub: crypto.randomUUID(),
      aud: issuer,
      ...from(now, 15 * MINUTE),
      jti: crypto.randomUUID(),
      client_id: 'gatehouse',
      scope: 'account:read account:write',
      roles: ['user'],
      sid: crypto.randomUUID(),
      ver: 0,
      auth_time: now,
      amr: ['pwd'],
    }),
    preset('ID token', 'ES256', 'JWT', {
      iss: issuer,
      sub: crypto.randomUUID(),
      aud: 'my-client',
      ...from(now, HOUR),
      auth_time: now,
      nonce: 'n-0S6_WzA2Mj',
      email: 'ada@example.com',
      email_verified: true,
    }),
    preset('Client assertion', 'ES256', 'client-authentication+jwt', {
      iss: 'my-client',
      sub: 'my-client',
      aud: issuer,
      ...from(now, MINUTE),
      jti: crypto.randomUUID(),
    }),
    preset('DPoP proof', 'ES256', 'dpop+jwt', {
      jti: crypto.randomUUID(),
      htm: 'POST',
      htu: `${issuer}/oauth/token`,
      iat: now,
    }),
    preset('Logout token', 'ES256', 'logout+jwt', {
      iss: issuer,
      sub: crypto.randomUUID(),
      aud: 'my-client',
      ...from(now, 2 * MINUTE),
      jti: crypto.randomUUID(),
      sid: crypto.randomUUID(),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    }),
    preset('Request object', 'ES256', 'oauth-authz-req+jwt', {
      iss: 'my-client',
      aud: issuer,
      ...from(now, 5 * MINUTE),
      client_id: 'my-client',
      response_type: 'code',
      redirect_uri: 'https://client.example/callback',
      scope: 'openid email',
      state: 'af0ifjsldkj',
      nonce: 'n-0S6_WzA2Mj',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    }),
    preset('Apple client secret', 'ES256', undefined, {
      iss: 'TEAMID1234',
      ...from(now, HOUR),
      aud: 'https://appleid.apple.com',
      sub: 'com.example.app',
    }),
    preset('Google service account', 'RS256', 'JWT', {
      iss: 'service@project.iam.gserviceaccount.com',
      sub: 'service@project.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/devstorage.read_only',
      aud: 'https://oauth2.googleapis.com/token',
      ...from(now, HOUR),
    }),
  ];
}

function preset(name: string, alg: string, typ: string | undefined, claims: Json): Preset {
  return {
    id: name.toLowerCase().replaceAll(/\W+/g, '-'),
    name,
    alg,
    header: { alg, ...(typ !== undefined && { typ }) },
    claims,
  };
}

function from(now: number, life: number): Json {
  return { iat: now, exp: now + life };
}
