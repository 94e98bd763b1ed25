import { Secret, TOTP } from 'otpauth';
import type { TestApp } from './app.js';
import type { Answer, SignedIn } from './client.js';

/** A user with an authenticator application. */
export interface Protected {
  person: SignedIn;
  secret: string;
  recoveryCodes: string[];
}

/** What the application of this secret shows, now or so many steps from now. */
export function codeOf(secret: string, steps = 0): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 });
}

/** Six digits that no step nearby has. */
export function wrongCodeOf(secret: string): string {
  const near = [-2, -1, 0, 1, 2].map((steps) => codeOf(secret, steps));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.includes(code))!;
}

/** Gives a user an authenticator application, confirmed with the code of the step before this one. */
export async function protect(person: SignedIn): Promise<Protected> {
  const { status, body, text } = await person.post('/v1/me/factors/totp');
  if (status !== 201) throw new Error(`set-up answered ${status}: ${text}`);
  const confirmed = await person.post('/v1/me/factors/totp/confirm', { code: codeOf(body.secret, -1) });
  if (confirmed.status !== 200) throw new Error(`confirm answered ${confirmed.status}: ${confirmed.text}`);
  return { person, secret: body.secret, recoveryCodes: confirmed.body.recoveryCodes };
}

/** The password is right; what is asked for then. */
export async function challenge(app: TestApp, { person }: Protected, more: object = {}): Promise<string> {
  const { email, password } = person;
  const { status, body, text } = await app.as
    .anonymous()
    .post('/v1/auth/login', { email, password, ...more });
  if (status !== 401 || body.code !== 'mfa_required') throw new Error(`login answered ${status}: ${text}`);
  return body.challenge_token;
}

export function answer(
  app: TestApp,
  challengeToken: unknown,
  code: unknown,
  more: object = {},
): Promise<Answer> {
  return app.as
    .anonymous()
    .post('/v1/auth/mfa/challenge', { challenge_token: challengeToken, code, ...more });
}
