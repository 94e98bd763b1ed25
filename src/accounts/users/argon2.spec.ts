import { Logger } from '@nestjs/common';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { argon2, Argon2 } from './argon2.js';
import { Argon2Threads } from './argon2-threads.js';

const CHEAP = { memoryCost: 1024, timeCost: 1 };
const PASSWORD = 'correct horse';
const TASK = { password: PASSWORD, options: CHEAP };

/** Threads that run other code. */
const threadsOf = (code: string) =>
  new Argon2Threads(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
const onTask = (code: string) =>
  `import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { ${code} })`;

describe('argon2', () => {
  it('makes a PHC string that its password is right for, and no other', async () => {
    const text = await argon2.hash(PASSWORD, CHEAP);
    expect(text).toMatch(/^\$argon2id\$v=19\$m=1024,t=1,p=1\$/);
    expect(await argon2.verify(text, PASSWORD)).toBe(true);
    expect(await argon2.verify(text, 'Correct horse')).toBe(false);
    await expect(argon2.verify('$argon2id$', PASSWORD)).rejects.toThrow('Decoding failed');
    expect(await argon2.verify(text, PASSWORD)).toBe(true);
  });

  it.runIf(process.platform === 'linux')('gives way to the thread that answers', async () => {
    await argon2.hash(PASSWORD, CHEAP);
    const own = niceOf(String(process.pid))!;
    expect(readdirSync('/proc/self/task').map(niceOf)).toContain(Math.min(19, own + 5));
  });

  it.each([
    ['cannot be started', 'throw new Error("no")'],
    ['ends before it answers', 'process.exit(3)'],
    ['ends while it works', onTask('process.exit(3)')],
    ['fails while it works', onTask('throw new Error("no")')],
  ])('does without a thread that %s, and says so once', async (_what, code) => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const broken = new Argon2(threadsOf(code));
    const text = await broken.hash(PASSWORD, CHEAP);
    expect(await broken.verify(text, PASSWORD)).toBe(true);
    expect(await broken.verify(text, 'Correct horse')).toBe(false);
    await expect(broken.verify('$argon2id$', PASSWORD)).rejects.toThrow('Decoding failed');
    const said = warn.mock.calls.map(([message]) => String(message));
    warn.mockRestore();
    expect(said).toEqual([expect.stringMatching(/: (no|the thread ended with 3)$/)]);
  });

  it('starts another thread when one has ended', async () => {
    const threads = threadsOf(
      onTask(
        'globalThis.isOld ? process.exit(3) : parentPort.postMessage({ value: "done" }); globalThis.isOld = true',
      ),
    );
    const said: unknown[] = [];
    for (let n = 0; n < 5; n++) said.push(await threads.run(TASK).catch(() => 'not done'));
    expect(said).toEqual(['done', 'not done', 'done', 'not done', 'done']);
  });

  it('has a thread for each task at a time, and uses it again', async () => {
    const threads = threadsOf(
      `import { threadId } from "node:worker_threads"; ${onTask('parentPort.postMessage({ value: threadId })')}`,
    );
    const both = () => Promise.all([threads.run<number>(TASK), threads.run<number>(TASK)]);
    const first = await both();
    expect(new Set(first).size).toBe(2);
    expect((await both()).toSorted()).toEqual(first.toSorted());
  });
});

/** proc(5): the nineteenth field, of which the second may hold anything. Nothing for a thread that has just ended. */
function niceOf(thread: string): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
}
