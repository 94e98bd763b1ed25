import { Injectable } from '@nestjs/common';
import { Algorithm, hash, verify } from '@node-rs/argon2';
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { Settings } from '../config/settings.js';
import { normaliseEmail } from '../http/fields.js';
import { Metrics } from '../http/metrics.js';
import { Overloaded, WeakPassword } from './users.errors.js';

const MIN_CHARACTERS = 8;
const MAX_CHARACTERS = 128;
/** OWASP password storage: argon2id with 19 MiB, 2 passes, 1 lane. */
const ARGON2 = {
  algorithm: 2 satisfies Algorithm.Argon2id,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
} as const;
const PREFIX = `$argon2id$v=19$m=${ARGON2.memoryCost},t=${ARGON2.timeCost},p=${ARGON2.parallelism}$`;

/** The password policy (NIST SP 800-63B-4) and the hash. Hashing is bounded, so that it never starves the rest. */
@Injectable()
export class PasswordsService {
  /** 15 MB that nobody needs until the first password is chosen. */
  private common: Promise<Set<string>> | undefined;
  /** One core is left to everything else. */
  private readonly limit = pLimit(Math.max(1, availableParallelism() - 1));
  /** Nobody's hash, so that an unknown e-mail address costs the same as a known one. */
  private readonly nobodys = `${PREFIX}${unpadded(randomBytes(16))}$${unpadded(randomBytes(32))}`;

  constructor(
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    metrics.gauge(
      'gatehouse_hash_queue_length',
      'Passwords that wait to be hashed',
      () => this.limit.pendingCount,
    );
  }

  /**
   * Refuses a password that is too short, too long, common, or the person's own address. Characters are counted as
   * code points after NFC; any character is allowed and no composition is asked for.
   * @throws WeakPassword
   */
  async refuseWeak(password: string, email: string, field = 'password'): Promise<void> {
    const characters = [...password.normalize('NFC')].length;
    if (characters < MIN_CHARACTERS)
      throw new WeakPassword(field, `must have at least ${MIN_CHARACTERS} characters`);
    if (characters > MAX_CHARACTERS)
      throw new WeakPassword(field, `must have at most ${MAX_CHARACTERS} characters`);
    this.common ??= commonPasswords();
    if ((await this.common).has(password.toLowerCase()))
      throw new WeakPassword(field, 'is one of the most common passwords');
    const own = [email, email.split('@')[0]];
    if (own.includes(normaliseEmail(password)))
      throw new WeakPassword(field, 'must not be your e-mail address');
  }

  /** The PHC string of a password. @throws Overloaded */
  hash(password: string): Promise<string> {
    return this.queued(() => hash(password.normalize('NFC'), ARGON2));
  }

  /** Whether the password is right. Without a hash it is wrong, and takes as long. @throws Overloaded */
  async verify(password: string, passwordHash: string | null | undefined): Promise<boolean> {
    const isRight = await this.queued(() => verify(passwordHash ?? this.nobodys, password.normalize('NFC')));
    return isRight && typeof passwordHash === 'string';
  }

  /** Whether the hash was made with other parameters than today's. */
  isOutdated(passwordHash: string): boolean {
    return !passwordHash.startsWith(PREFIX);
  }

  private queued<T>(work: () => Promise<T>): Promise<T> {
    if (this.limit.pendingCount >= this.settings.LOGIN_QUEUE) throw new Overloaded();
    return this.limit(work);
  }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

async function commonPasswords(): Promise<Set<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  const words = dictionary['passwords-common'] as string[];
  return new Set(words.filter((word) => word.length >= MIN_CHARACTERS));
}
