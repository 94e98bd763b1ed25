import { Injectable, Logger } from '@nestjs/common';
import { Algorithm, hash, verify } from '@node-rs/argon2';
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { Settings } from '../config/settings.js';
import { Metrics } from '../http/metrics.js';
import { BreachedPasswords } from './breached-passwords.js';
import { isMadeOf } from './context-words.js';
import { hashCheck } from './password-hashes.js';
import type { User } from './user.entity.js';
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
  private readonly log = new Logger(PasswordsService.name);
  /** 15 MB that nobody needs until the first password is chosen. */
  private common: Promise<Set<string>> | undefined;
  /** One core is left to everything else. */
  private readonly limit = pLimit(Math.max(1, availableParallelism() - 1));
  /** Nobody's hash, so that an unknown e-mail address costs the same as a known one. */
  private readonly nobodys = `${PREFIX}${unpadded(randomBytes(16))}$${unpadded(randomBytes(32))}`;

  constructor(
    private readonly settings: Settings,
    private readonly breached: BreachedPasswords,
    metrics: Metrics,
  ) {
    metrics.gauge(
      'gatehouse_hash_queue_length',
      'Passwords that wait to be hashed',
      () => this.limit.pendingCount,
    );
  }

  /**
   * Refuses a password that is too short, too long, common, made of the person's name or address or the name of the
   * product, or known from a breach. Characters are counted as code points after NFC; any character is allowed and no
   * composition is asked for.
   * @throws WeakPassword
   */
  async refuseWeak(
    password: string,
    { email, name }: Pick<User, 'email' | 'name'>,
    field = 'password',
  ): Promise<void> {
    const characters = [...password.normalize('NFC')].length;
    if (characters < MIN_CHARACTERS)
      throw new WeakPassword(field, `must have at least ${MIN_CHARACTERS} characters`);
    if (characters > MAX_CHARACTERS)
      throw new WeakPassword(field, `must have at most ${MAX_CHARACTERS} characters`);
    this.common ??= commonPasswords();
    if ((await this.common).has(password.toLowerCase()))
      throw new WeakPassword(field, 'is one of the most common passwords');
    if (isMadeOf(password, [email, name ?? '', 'Gatehouse', this.settings.APP_NAME]))
      throw new WeakPassword(
        field,
        'must not be made of your name, your address or the name of this service',
      );
    if (await this.breached.has(password))
      throw new WeakPassword(field, 'is known from a breach of another service');
  }

  /** The PHC string of a password. @throws Overloaded */
  hash(password: string): Promise<string> {
    return this.queued(() => hash(password.normalize('NFC'), ARGON2));
  }

  /** Whether the password is right. Without a hash it is wrong, and takes as long. @throws Overloaded */
  async verify(password: string, passwordHash: string | null | undefined): Promise<boolean> {
    if (typeof passwordHash !== 'string') return this.verifyNobodys(password);
    const check = hashCheck(passwordHash);
    if (check) return this.queued(() => check(password));
    this.log.warn('a stored password hash is of no kind that is known here, or asks for too much');
    return this.verifyNobodys(password);
  }

  /** Whether the hash was made with other parameters than today's, or elsewhere. */
  isOutdated(passwordHash: string): boolean {
    return !passwordHash.startsWith(PREFIX);
  }

  private async verifyNobodys(password: string): Promise<false> {
    await this.queued(() => verify(this.nobodys, password.normalize('NFC')));
    return false;
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
