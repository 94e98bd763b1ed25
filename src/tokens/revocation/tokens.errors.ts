import { Problem } from '../../platform/http/problem.js';

/** The next key has not been published long enough for all nodes and clients to have seen it. */
export class RotationTooSoon extends Problem {
  constructor() {
    super(
      409,
      'rotation_too_soon',
      'The next key was published less than a minute ago; send {"force": true} to rotate all the same.',
    );
  }
}

/** The node has lost sight of what others revoke, and does not trust blindly; see `REVOCATION_FAIL`. */
export class RevocationsUnknown extends Problem {
  constructor() {
    super(503, 'unavailable', 'The server cannot tell at present whether the token was revoked; try again.', {
      headers: { 'retry-after': '2' },
    });
  }
}

/** The token of a mail does not work; the same answer whether it was used, replaced, has expired, or never was one for this. */
export class InvalidOneTimeToken extends Problem {
  constructor() {
    super(
      400,
      'invalid_one_time_token',
      'This was used before, has expired, or was replaced by a newer one; ask for another.',
    );
  }
}

/** A module that adds claims to access tokens could not; there is no token without them. */
export class ClaimsUnavailable extends Problem {
  constructor(cause: unknown) {
    super(503, 'claims_unavailable', 'What the access token must say is not known at present; try again.', {
      headers: { 'retry-after': '5' },
      cause,
    });
  }
}
