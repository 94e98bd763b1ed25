import { Injectable, Logger } from '@nestjs/common';
import type { Algorithm } from '@node-rs/argon2';
import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import type { Actor } from '../../platform/access/actor.js';
import { Settings } from '../../platform/config/settings.js';
import { Metrics } from '../../platform/http/metrics.js';
import { sourceOf } from '../../platform/http/source.js';
import { argon2, HASHES_AT_A_TIME } from './argon2.js';
import { BreachedPasswords } from './breached-passwords.js';
import { HASH_MEMORY, memoryOf, MemoryShares } from './hash-memory.js';
import { isMadeOf } from './context-words.js';
import { hashCheck } from './password-hashes.js';
import { isDigest } from './salted-digests.js';
import type { User } from './user.entity.js';
import { Overloaded, WeakPassword } from './users.errors.js';

const MAX_CHARACTERS = 128;
/** One source has at most so many times as many waiting as it leaves places to others: many people may be one. */
const LARGEST_SHARE = 7;
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
  /** 15 MB that are not needed until the first password is chosen. */
  private common: Promise<Set<string>> | undefined;
  private readonly limit = pLimit(HASHES_AT_A_TIME);
  private readonly memory = new MemoryShares(HASH_MEMORY);
  /** How many passwords of each source wait. */
  private readonly waiting = new Map<string, number>();
  /** A dummy hash, so that an unknown e-mail address costs the same as a known one. */
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
    const fewest = this.settings.PASSWORD_MIN_LENGTH;
    if (characters < fewest)
      throw new WeakPassword(field, `must have at least ${fewest} characters`, 'short');
    if (characters > MAX_CHARACTERS)
      throw new WeakPassword(field, `must have at most ${MAX_CHARACTERS} characters`, 'long');
    this.common ??= commonPasswords(fewest);
    const small = password.toLowerCase();
    if ((await this.common).has(small) || isSimple(small, 2 * fewest))
      throw new WeakPassword(field, 'is one of the most common passwords', 'common');
    if (isMadeOf(password, [email, name ?? '', 'Gatehouse', this.settings.APP_NAME]))
      throw new WeakPassword(
        field,
        'must not be made of your name, your address or the name of this service',
        'personal',
      );
    if (await this.breached.has(password))
      throw new WeakPassword(field, 'is known from a breach of another service', 'breached');
  }

  /** The PHC string of a password. @throws Overloaded */
  hash(password: string, actor: Actor): Promise<string> {
    return this.queued(actor, PREFIX, () => argon2.hash(password.normalize('NFC'), ARGON2));
  }

  /**
   * Whether the password is right: in NFC where the hash was made here, and otherwise in whatever normal form the system that
   * made it hashed. Without a hash it is wrong, and takes as long. @throws Overloaded
   */
  async verify(password: string, passwordHash: string | null | undefined, actor: Actor): Promise<boolean> {
    if (typeof passwordHash !== 'string') return this.verifyNobodys(password, actor);
    const check = hashCheck(passwordHash);
    if (!check) {
      this.log.warn('a stored password hash is of no kind that is known here, or asks for too much');
      return this.verifyNobodys(password, actor);
    }
    const forms = isOwn(passwordHash) ? [password.normalize('NFC')] : formsOf(password);
    const isRight = await this.queued(actor, passwordHash, () => isAny(forms, check));
    return isRight || (isDigest(passwordHash) && this.verifyNobodys(password, actor));
  }

  /** Whether a password can be checked against this hash. */
  isUsable(passwordHash: string): boolean {
    return hashCheck(passwordHash) !== undefined;
  }

  /** Whether the hash was made with other parameters than today's, or elsewhere. */
  isOutdated(passwordHash: string): boolean {
    return !isOwn(passwordHash);
  }

  private async verifyNobodys(password: string, actor: Actor): Promise<false> {
    await this.queued(actor, PREFIX, () => argon2.verify(this.nobodys, password.normalize('NFC')));
    return false;
  }

  /** `hash` says how much memory it takes. No source takes the last place when others of it wait, so that another finds one. */
  private queued<T>({ ip }: Actor, hash: string, work: () => Promise<T>): Promise<T> {
    const source = sourceOf(ip);
    const free = this.settings.LOGIN_QUEUE - this.limit.pendingCount;
    const own = this.settings.RATE_LIMIT === 'on' ? this.waitingOf(source) : 0;
    if (free <= 0 || (own > 0 && own >= LARGEST_SHARE * (free - 1))) throw new Overloaded();
    this.waiting.set(source, this.waitingOf(source) + 1);
    return this.limit(() => {
      this.noLongerWaits(source);
      return this.memory.during(memoryOf(hash), work);
    });
  }

  private waitingOf(source: string): number {
    return this.waiting.get(source) ?? 0;
  }

  private noLongerWaits(source: string): void {
    const left = this.waitingOf(source) - 1;
    if (left > 0) this.waiting.set(source, left);
    else this.waiting.delete(source);
  }
}

/** Made here, of the NFC of a password. */
function isOwn(passwordHash: string): boolean {
  return passwordHash.startsWith(PREFIX) && !passwordHash.endsWith('=');
}

/**
 * A hash of another system as it is kept, so that it is not taken for one of ours where it has the same parameters: with the
 * padding that ours leave out.
 */
export function asForeign(passwordHash: string): string {
  return isOwn(passwordHash) ? `${passwordHash}=` : passwordHash;
}

/** The same without that mark. */
export function withoutMark(passwordHash: string): string {
  return passwordHash.startsWith(PREFIX) ? passwordHash.replace(/=+$/, '') : passwordHash;
}

/**
 * Other systems hash a password as it was typed, or in a normal form of their choice, such as NFKC in better-auth. One of
 * ASCII alone has a single form.
 */
function formsOf(password: string): Iterable<string> {
  const normal = (['NFC', 'NFKC', 'NFD', 'NFKD'] as const).map((form) => password.normalize(form));
  return new Set([...normal, password]);
}

async function isAny(forms: Iterable<string>, check: (form: string) => Promise<boolean>): Promise<boolean> {
  for (const form of forms) if (await check(form)) return true;
  return false;
}

/**
 * What the list leaves out, because there is a rule to it: `aaaaaaaa`, `123123123`, `87654321`, `abcdefgh`. What is longer
 * than `longest` is not what many choose.
 */
function isSimple(password: string, longest: number): boolean {
  if (password.length > longest || !/^[!-~]+$/.test(password)) return false;
  const codes = [...password].map((each) => each.charCodeAt(0));
  const isRepeated = [1, 2, 3, 4].some((unit) => codes.every((code, at) => code === codes[at % unit]));
  const isRun = [1, -1].some((step) => codes.every((code, at) => code === codes[0]! + step * at));
  return isRepeated || isRun;
}

/** A password of 120 random bits, for an account that is made by another. */
export function randomPassword(): string {
  return randomBytes(15).toString('base64url');
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

async function commonPasswords(fewest: number): Promise<Set<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  const words = dictionary['passwords-common'] as string[];
  return new Set(words.filter((word) => word.length >= fewest));
}
