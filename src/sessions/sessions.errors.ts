import { Problem } from '../http/problem.js';

/** The same answer whether the token is malformed, forged, expired, or its session has ended. */
export class InvalidRefreshToken extends Problem {
  constructor(cause?: string) {
    super(401, 'invalid_refresh_token', 'The refresh token does not work; sign in again.', { cause });
  }
}

/** RFC 9700 §4.14.2: a token that was rotated long ago came back, so somebody has a copy. */
export class RefreshTokenReused extends Problem {
  constructor() {
    super(
      401,
      'refresh_token_reused',
      'This refresh token was used before; its session has ended, sign in again.',
    );
  }
}
