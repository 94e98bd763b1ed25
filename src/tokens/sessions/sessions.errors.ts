import { Problem } from '../../platform/http/problem.js';

/** RFC 6750 §3.1: a token was sent. */
const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };

/** A refresh failed; the same answer whether the token is malformed, forged, expired, or its session has ended. */
export class InvalidRefreshToken extends Problem {
  constructor(cause?: string, wasSent = true) {
    super(401, 'invalid_refresh_token', 'The refresh token does not work; sign in again.', {
      ...(wasSent && { headers }),
      cause,
    });
  }
}

/** A refresh token that was rotated long ago came back, so there is a copy (RFC 9700 §4.14.2). */
export class RefreshTokenReused extends Problem {
  constructor() {
    super(
      401,
      'refresh_token_reused',
      'This refresh token was used before; its session has ended, sign in again.',
      { headers },
    );
  }
}
