import { Problem } from '../http/problem.js';

/** The next key has not been published long enough for everybody to have seen it. */
export class RotationTooSoon extends Problem {
  constructor() {
    super(
      409,
      'rotation_too_soon',
      'The keys were rotated within the last minute; send {"force": true} to do it all the same.',
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
