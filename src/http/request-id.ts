import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const BYTES = 16;
const pool = new Uint8Array(BYTES * 256);
let used = pool.length;

/** A UUIDv7. Randomness is fetched for many at once, for a call for each would cost a request several µs. */
export function requestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += BYTES;
  return uuidv7({ random: pool.subarray(used - BYTES, used) });
}
