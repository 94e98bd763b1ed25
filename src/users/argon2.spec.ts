import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hashArgon2, verifyArgon2 } from './argon2.js';

const CHEAP = { memoryCost: 1024, timeCost: 1 };

describe('argon2', () => {
  it('makes a PHC string that its password is right for, and no other', async () => {
    const text = await hashArgon2('correct horse', CHEAP);
    expect(text).toMatch(/^\$argon2id\$v=19\$m=1024,t=1,p=1\$/);
    expect(await verifyArgon2(text, 'correct horse')).toBe(true);
    expect(await verifyArgon2(text, 'Correct horse')).toBe(false);
    await expect(verifyArgon2('$argon2id$', 'correct horse')).rejects.toThrow('Decoding failed');
  });

  it.runIf(process.platform === 'linux')('gives way to the thread that answers', async () => {
    await hashArgon2('correct horse', CHEAP);
    const threads = readdirSync('/proc/self/task').map((id) => ({ id: Number(id), nice: niceOf(id) }));
    const own = threads.find(({ id }) => id === process.pid)!.nice;
    expect(threads.map(({ nice }) => nice - own)).toContain(5);
  });
});

/** proc(5): the nineteenth field, of which the second may hold anything. */
function niceOf(thread: string): number {
  const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
}
