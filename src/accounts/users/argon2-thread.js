// @ts-check
// What the threads of argon2-threads.ts run. Not TypeScript, for Node itself loads it, from the source as well.
import { hashSync, verifySync } from '@node-rs/argon2';
import { getPriority, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { SHA_CRYPT, verifyShaCrypt } from './sha-crypt.js';

/** Next to a thread that never rests, a fourth of the core that they share is left. */
const NICENESS = 5;
const LOWEST = 19;

/** Elsewhere it would be the priority of the whole process. */
if (process.platform === 'linux') {
  try {
    setPriority(Math.min(LOWEST, getPriority() + NICENESS));
  } catch {
    // Not allowed here; then it competes with the others.
  }
}

parentPort?.on('message', (/** @type {import('./argon2-threads.js').Task} */ task) => {
  try {
    const value = 'text' in task ? verified(task) : hashSync(task.password, task.options);
    parentPort?.postMessage({ value });
  } catch {
    parentPort?.postMessage({});
  }
});

/** @param {{ text: string, password: string }} task */
function verified({ text, password }) {
  return SHA_CRYPT.test(text) ? verifyShaCrypt(text, password) : verifySync(text, password);
}
