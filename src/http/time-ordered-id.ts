import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const BYTES = 16;
const pool = new Uint8Array(BYTES * 256);
let used = pool.length;

/** A UUIDv7 for hot paths: randomness is fetched for many at once, for a call for each would cost several µs. */
export function timeOrderedId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += BYTES;
  return uuidv7({ random: pool.subarray(used - BYTES, used) });
}
