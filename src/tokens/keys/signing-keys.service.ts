import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { Repository } from 'typeorm';
import { SYSTEM, type Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { Settings } from '../config/settings.js';
import { isUniqueViolation } from '../database/database.errors.js';
import { Database, UnexpectedCount, type Statement } from '../database/database.service.js';
import { NotFound } from '../http/http.errors.js';
import { KeyVault } from './key-vault.js';
import { RevocationsService } from './revocations.service.js';
import type { Signer } from './signed-jwt.js';
import { KEY_STAGES, SigningKey } from './signing-key.entity.js';
import { RotationTooSoon } from './tokens.errors.js';

const CHECK_EVERY_MS = 15_000;
const RELOAD_AT_MOST_EVERY_MS = 1_000;
const MIN_PUBLISHED_MS = 60_000;
/** Other nodes may sign with the old key until they have looked; much more than `CHECK_EVERY_MS`. */
const LATE_SIGNATURES_MS = 5 * 60_000;

/** By the table alone, for API keys are made elsewhere. */
const LIVE_API_KEYS = 'FROM api_keys WHERE revoked_at IS NULL AND expires_at > :now';
const FORGET_UNNEEDED = `DELETE FROM signing_keys WHERE expires_at < :now
  AND NOT EXISTS (SELECT 1 ${LIVE_API_KEYS} AND api_keys.kid = signing_keys.kid)`;

const REVOKE_API_KEYS = `UPDATE api_keys SET revoked_at = :now, version = version + 1
  WHERE kid = :kid AND revoked_at IS NULL`;

/** A public key as the JWKS shows it (RFC 7517 §4). */
export type PublishedKey = JsonWebKey & { kid: string; alg: string; use: 'sig' };

/**
 * The keys that sign and verify tokens. They are made, published ahead, promoted and retired by themselves; every
 * step is a batch on condition of the state it was decided on, so of several nodes that take it at once, one does.
 */
@Injectable()
export class SigningKeysService implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(SigningKeysService.name);
  private keys: SigningKey[] = [];
  private verifying = new Map<string, { alg: string; publicKey: KeyObject }>();
  private signing: Signer;
  private check: NodeJS.Timeout;
  private reloadedAt = -Infinity;
  private reloading: Promise<void> = Promise.resolve();
  private loading: Promise<void> = Promise.resolve();

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly revocations: RevocationsService,
    private readonly audit: AuditService,
    private readonly vault: KeyVault,
    @InjectRepository(SigningKey) private readonly stored: Repository<SigningKey>,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.vault.reseal(await this.stored.find());
    await this.load();
    await this.makeMissing();
    if (this.current.alg !== this.settings.SIGNING_ALG) await this.changeAlgorithm();
    await this.rotateWhenDue();
    this.revocations.onKeyRevoked(() => void this.lookAgain());
    this.check = setInterval(() => void this.lookAgain(), CHECK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.check);
  }

  /** The key to sign with. */
  get current(): Signer {
    return this.signing;
  }

  /** The key with this id and the one algorithm it may be used with; `undefined` when it is not ours. */
  find(kid: string): { alg: string; publicKey: KeyObject } | undefined {
    return this.verifying.get(kid);
  }

  /** Looks for keys that another node has made in the meantime, at most once a second whoever asks. */
  reload(): Promise<void> {
    if (performance.now() - this.reloadedAt > RELOAD_AT_MOST_EVERY_MS) {
      this.reloadedAt = performance.now();
      this.reloading = this.load();
    }
    return this.reloading;
  }

  /** The public keys, those that will sign included. */
  get published(): PublishedKey[] {
    return this.keys.map(({ publicJwk, kid, alg }) => ({ ...publicJwk, kid, alg, use: 'sig' }));
  }

  /** All keys: the next, the current, then the previous ones. */
  list(): SigningKey[] {
    return this.keys;
  }

  /** Until when live API keys need each key, by its `kid`; it stays published for so long. */
  async neededUntil(): Promise<Map<string, Date>> {
    const rows = await this.database.query<{ kid: string; until: string | number }>(
      `SELECT kid, MAX(expires_at) AS until ${LIVE_API_KEYS} GROUP BY kid`,
      { now: Date.now() },
    );
    return new Map(rows.map(({ kid, until }) => [kid, new Date(Number(until))]));
  }

  /** The statement that makes sure that a key is not deleted while the batch signs with it. */
  holding(kid: string): Statement {
    return { sql: 'UPDATE signing_keys SET stage = stage WHERE kid = :kid', params: { kid }, affects: 1 };
  }

  /**
   * Makes the next key current and a new one next.
   * @throws RotationTooSoon unless `force`, when the next key has been published for less than a minute, and less long
   * than the current one
   */
  async rotate(actor: Actor, { force = false } = {}): Promise<SigningKey[]> {
    await this.load();
    const { next, current } = this.staged();
    const isSeen =
      next.createdAt <= current.createdAt || Date.now() - next.createdAt.getTime() >= MIN_PUBLISHED_MS;
    if (!force && !isSeen) throw new RotationTooSoon();
    const isDone = await this.advance(actor);
    if (!isDone && !force) throw new RotationTooSoon();
    return this.keys;
  }

  /**
   * The emergency: a key is gone, and its tokens and API keys are dead at once. A successor is made in the same step.
   * @throws NotFound
   */
  async remove(kid: string, actor: Actor): Promise<void> {
    await this.load();
    const key = this.keys.find((each) => each.kid === kid);
    if (!key) throw new NotFound('There is no such key.');
    const isDone = await this.step([
      {
        sql: 'DELETE FROM signing_keys WHERE kid = :kid AND stage = :stage',
        params: { kid, stage: key.stage },
        affects: 1,
      },
      ...(key.stage === 'current' ? [this.promoting(this.staged().next.kid)] : []),
      ...(key.stage === 'previous' ? [] : [this.database.insert(SigningKey, await this.vault.make('next'))]),
      { sql: REVOKE_API_KEYS, params: { kid, now: Date.now() } },
      this.revocations.ofKey(kid),
      this.event('signing_key.deleted', kid, actor, { stage: key.stage }),
    ]);
    // Its stage changed in between; it is to go all the same.
    if (!isDone) await this.remove(kid, actor);
  }

  private async lookAgain(): Promise<void> {
    try {
      await this.rotateWhenDue();
    } catch (error) {
      this.log.error(error);
    }
  }

  private async rotateWhenDue(): Promise<void> {
    const now = Date.now();
    await this.database.run({ sql: FORGET_UNNEEDED, params: { now } });
    await this.load();
    const { current } = this.staged();
    const activatedAt = (current.activatedAt ?? current.createdAt).getTime();
    // Of the keys just judged and no others: another node may have rotated since.
    if (activatedAt + this.settings.SIGNING_KEY_ROTATION <= now) await this.advance(SYSTEM);
  }

  /** Every key moves on by one stage. `false` when they are no longer in the stages that this node knows. */
  private async advance(actor: Actor): Promise<boolean> {
    const { next, current } = this.staged();
    return this.step([
      this.retiring(current.kid),
      this.promoting(next.kid),
      this.database.insert(SigningKey, await this.vault.make('next')),
      this.event('signing_key.rotated', next.kid, actor, { from: current.kid }),
    ]);
  }

  /** New tokens get the new algorithm; those of the old one stay good until they expire. */
  private async changeAlgorithm(): Promise<void> {
    const { next, current } = this.staged();
    const [successor, afterIt] = (await this.makeTogether(['current', 'next'])) as [SigningKey, SigningKey];
    await this.step([
      this.retiring(current.kid),
      {
        sql: "DELETE FROM signing_keys WHERE kid = :kid AND stage = 'next'",
        params: { kid: next.kid },
        affects: 1,
      },
      this.database.insert(SigningKey, successor),
      this.database.insert(SigningKey, afterIt),
      this.event('signing_key.rotated', successor.kid, SYSTEM, { from: current.kid, alg: successor.alg }),
    ]);
  }

  /** On the first start there is no key at all, and both are published together. */
  private async makeMissing(): Promise<void> {
    const missing = (['current', 'next'] as const).filter(
      (stage) => !this.keys.some((key) => key.stage === stage),
    );
    if (missing.length === 0) return;
    const made = await this.makeTogether(missing);
    await this.step(
      made.flatMap((key) => [
        this.database.insert(SigningKey, key),
        this.event('signing_key.made', key.kid, SYSTEM, { stage: key.stage }),
      ]),
    );
  }

  private async makeTogether(stages: ('current' | 'next')[]): Promise<SigningKey[]> {
    const createdAt = new Date();
    const made = await Promise.all(stages.map((stage) => this.vault.make(stage)));
    return made.map((key) => ({ ...key, createdAt }));
  }

  /** `false` when another node was first. Afterwards the keys are as the database has them. */
  private async step(statements: Statement[]): Promise<boolean> {
    try {
      await this.revocations.commit(statements);
      return true;
    } catch (error) {
      if (!(error instanceof UnexpectedCount) && !isUniqueViolation(error)) throw error;
      return false;
    } finally {
      await this.load();
    }
  }

  private retiring(kid: string): Statement {
    const expiresAt = Date.now() + this.settings.ACCESS_TOKEN_TTL + LATE_SIGNATURES_MS;
    const sql = `UPDATE signing_keys SET stage = 'previous', expires_at = :expiresAt
                 WHERE kid = :kid AND stage = 'current'`;
    return { sql, params: { kid, expiresAt }, affects: 1 };
  }

  private promoting(kid: string): Statement {
    const sql = `UPDATE signing_keys SET stage = 'current', activated_at = :now WHERE kid = :kid AND stage = 'next'`;
    return { sql, params: { kid, now: Date.now() }, affects: 1 };
  }

  /** One at a time, so that an answer that was long on its way does not take the place of a newer one. */
  private load(): Promise<void> {
    this.loading = this.loading.catch(() => {}).then(() => this.loadNow());
    return this.loading;
  }

  private async loadNow(): Promise<void> {
    const stored = await this.stored.find({ order: { createdAt: 'DESC', kid: 'ASC' } });
    this.keys = stored.toSorted((a, b) => KEY_STAGES.indexOf(a.stage) - KEY_STAGES.indexOf(b.stage));
    const known = this.verifying;
    this.verifying = new Map(
      this.keys.map(({ kid, alg, publicJwk }) => [
        kid,
        known.get(kid) ?? { alg, publicKey: createPublicKey({ key: publicJwk, format: 'jwk' }) },
      ]),
    );
    const current = this.keys.find(({ stage }) => stage === 'current');
    if (current && this.signing?.kid !== current.kid) {
      const { kid, alg } = current;
      this.signing = { kid, alg, privateKey: this.vault.open(current) };
    }
  }

  private staged(): { next: SigningKey; current: SigningKey } {
    const [next, current] = this.keys;
    return { next: next!, current: current! };
  }

  private event(action: string, id: string, actor: Actor, detail: Record<string, unknown>): Statement {
    return this.audit.event({ action, target: { kind: 'signing_key', id }, detail }, actor);
  }
}
