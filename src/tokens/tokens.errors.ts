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
