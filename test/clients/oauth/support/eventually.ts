import { setTimeout } from 'node:timers/promises';

/** A second, by which every node knows what another has done, and what a busy machine adds. */
const WITHIN_MS = 3_000;
const AGAIN_MS = 100;

/** Tries until it does not throw any more. */
export async function eventually(work: () => Promise<void>, withinMs = WITHIN_MS): Promise<void> {
  for (const end = Date.now() + withinMs; ; await setTimeout(AGAIN_MS)) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
