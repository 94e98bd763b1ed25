import type { Options } from '@node-rs/argon2';
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';

/** So many hashes are computed at a time; one core is left to everything else. */
export const HASHES_AT_A_TIME = Math.max(1, availableParallelism() - 1);
/** Beside a thread that never rests, a fourth of the core that they share is theirs. */
const NICENESS = 5;
const IDLE_MS = 60_000;

/**
 * They give way to the rest of the process, so that nobody's request waits for a core that others' hashes keep
 * (docs/decisions/0013-hashes-that-give-way.md). None is there until it is needed, and none keeps the process.
 */
const threads = new Piscina({
  filename: new URL('./argon2-thread.js', import.meta.url).href,
  minThreads: 0,
  maxThreads: HASHES_AT_A_TIME,
  idleTimeout: IDLE_MS,
  niceIncrement: NICENESS,
  recordTiming: false,
});

/** The PHC string of a password. */
export function hashArgon2(password: string, options: Options): Promise<string> {
  return threads.run({ password, options }, { name: 'hash' });
}

/** Whether a PHC string was made of this password. Rejects when it is none. */
export function verifyArgon2(text: string, password: string): Promise<boolean> {
  return threads.run({ text, password }, { name: 'verify' });
}
