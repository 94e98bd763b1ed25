import { Logger } from '@nestjs/common';
import { hash, verify, type Options } from '@node-rs/argon2';
import { availableParallelism } from 'node:os';
import { Argon2Threads, type Task } from './argon2-threads.js';
import { SHA_CRYPT, verifyShaCrypt } from './sha-crypt.js';

/** A thread takes 10 MB, and 19 MiB for the hash. */
const MAX_THREADS = 8;
/** So many hashes may be computed at a time; one core is left to everything else. */
export const HASHES_AT_A_TIME = Math.min(MAX_THREADS, Math.max(1, availableParallelism() - 1));

/**
 * argon2 in threads that give way, so that no request waits for a core that others' hashes keep
 * (docs/decisions/0013-hashes-that-give-way.md). Where there is no such thread, in Node's own pool.
 */
export class Argon2 {
  private readonly log = new Logger(Argon2.name);
  private warnedOf = '';

  constructor(private readonly threads: Pick<Argon2Threads, 'run'>) {}

  /** The PHC string of a password. */
  hash(password: string, options: Options): Promise<string> {
    return this.done({ password, options }, () => hash(password, options));
  }

  /** Whether a PHC string of argon2, or a hash of SHA-crypt, was made of this password. Rejects when it is none. */
  verify(text: string, password: string): Promise<boolean> {
    return this.done({ password, text }, async () =>
      SHA_CRYPT.test(text) ? verifyShaCrypt(text, password) : verify(text, password),
    );
  }

  private async done<T>(task: Task, otherwise: () => Promise<T>): Promise<T> {
    const value = await this.threads.run<T>(task).catch((error: Error) => this.warn(error.message));
    return value ?? otherwise();
  }

  private warn(reason: string): void {
    if (reason !== this.warnedOf)
      this.log.warn(`passwords are hashed without a thread of their own: ${reason}`);
    this.warnedOf = reason;
  }
}

/** Of the process, like Node's own pool, however many applications there are in it. */
export const argon2 = new Argon2(new Argon2Threads(new URL('./argon2-thread.js', import.meta.url)));
