import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { setTimeout } from 'node:timers/promises';
import { Repository } from 'typeorm';
import { SYSTEM, type Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Settings } from '../../platform/config/settings.js';
import type { SigningAlgorithm } from '../../platform/config/signing-algorithms.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { RevocationsService } from '../revocation/revocations.service.js';
import { RotationTooSoon } from '../revocation/tokens.errors.js';
import { KeyVault } from './key-vault.service.js';
import type { Signer } from './key.types.js';
import { SigningKey } from './signing-key.entity.js';
import { SigningKeysService, type KeyLine } from './signing-keys.service.js';

const CHECK_EVERY_MS = 15_000;
const MIN_PUBLISHED_MS = 60_000;
/** Other nodes may sign with the old key until they have looked; much more than `CHECK_EVERY_MS`. */
const LATE_SIGNATURES_MS = 5 * 60_000;
/** Every node has heard of a revocation by then. */
const KNOWN_EVERYWHERE_MS = 1_500;

/**
 * Signing keys are made, published ahead, promoted and retired by themselves. Every step is a batch on condition of the
 * state it was decided on, so of several nodes that take it at once, one does.
 */
@Injectable()
export class KeyRotationService implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(KeyRotationService.name);
  private check: NodeJS.Timeout;
  private making: Promise<void> = Promise.resolve();

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly keys: SigningKeysService,
    private readonly vault: KeyVault,
    private readonly revocations: RevocationsService,
    private readonly audit: AuditService,
    @InjectRepository(SigningKey) private readonly stored: Repository<SigningKey>,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.vault.reseal(await this.stored.find());
    await this.keys.load();
    await this.makeOwnLine();
    await this.rotateWhenDue();
    this.revocations.onKeyRevoked(() => void this.lookAgain());
    this.check = setInterval(() => void this.lookAgain(), CHECK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.check);
  }

  /** The key to sign with by one algorithm, whose line of keys is made when it is first needed. */
  async signerFor(alg: SigningAlgorithm): Promise<Signer> {
    await this.prepare(alg);
    return this.keys.signerOf(alg)!;
  }

  /** Makes the line of an algorithm unless it is there; RSA takes seconds, and callers that ask while it works wait for the same. */
  prepare(alg: SigningAlgorithm): Promise<void> {
    if (this.keys.signerOf(alg)) return Promise.resolve();
    this.making = this.making.catch(() => {}).then(() => this.makeUnlessThere(alg));
    return this.making;
  }

  /**
   * Makes the next key of each line current and a new one next.
   * @throws RotationTooSoon unless `force`, when a next key has been published for less than a minute, and less long
   * than the current one
   */
  async rotate(actor: Actor, { force = false } = {}): Promise<SigningKey[]> {
    await this.keys.load();
    const lines = this.keys.lines;
    if (!force && !lines.every(isNextSeen)) throw new RotationTooSoon();
    for (const line of lines) {
      const isDone = await this.advance(line, actor);
      if (!isDone && !force) throw new RotationTooSoon();
    }
    return this.keys.list();
  }

  /**
   * The emergency: a key is gone, and its tokens and API keys are dead at once. A successor is made in the same step.
   * @throws NotFound
   */
  async remove(kid: string, actor: Actor): Promise<void> {
    await this.keys.load();
    const key = this.keys.list().find((each) => each.kid === kid);
    if (!key) throw new NotFound('There is no such key.');
    const isDone = await this.keys.step([
      {
        sql: 'DELETE FROM signing_keys WHERE kid = :kid AND stage = :stage',
        params: { kid, stage: key.stage },
        affects: 1,
      },
      ...(key.stage === 'current' ? [this.promoting(this.keys.staged('next', key.alg)!.kid)] : []),
      ...(key.stage === 'previous'
        ? []
        : [this.database.insert(SigningKey, await this.vault.make('next', key.alg))]),
      ...this.keys.signedRows.map(({ end }) => end(kid, Date.now())),
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
    await this.database.run(this.forgetUnneeded(now));
    await this.keys.load();
    for (const line of this.keys.lines) {
      const activatedAt = (line.current.activatedAt ?? line.current.createdAt).getTime();
      // Of the keys just judged and no others: another node may have rotated since.
      if (activatedAt + this.settings.SIGNING_KEY_ROTATION <= now) await this.advance(line, SYSTEM);
    }
  }

  /** Every key of a line moves on by one stage. `false` when they are no longer in the stages that this node knows. */
  private async advance({ next, current }: KeyLine, actor: Actor): Promise<boolean> {
    return this.keys.step([
      this.retiring(current.kid),
      this.promoting(next.kid),
      this.database.insert(SigningKey, await this.vault.make('next', current.alg)),
      this.event('signing_key.rotated', next.kid, actor, { from: current.kid }),
    ]);
  }

  /**
   * The line that access tokens are signed by. Where another algorithm was set before, its tokens stay good until they
   * expire; a line that ID tokens need is made again for them.
   */
  private async makeOwnLine(): Promise<void> {
    const alg = this.settings.SIGNING_ALG;
    if (this.keys.staged('current', alg) && this.keys.staged('next', alg)) return;
    const [former] = this.keys.lines.filter((line) => line.current.alg !== alg);
    if (!former) return this.makeLine(alg);
    const [successor, afterIt] = (await this.makeTogether(['current', 'next'], alg)) as [
      SigningKey,
      SigningKey,
    ];
    await this.keys.step([
      ...this.keys.lines.flatMap(({ current, next }) => [
        this.retiring(current.kid),
        {
          sql: "DELETE FROM signing_keys WHERE kid = :kid AND stage = 'next'",
          params: { kid: next.kid },
          affects: 1,
        },
      ]),
      this.database.insert(SigningKey, successor),
      this.database.insert(SigningKey, afterIt),
      this.event('signing_key.rotated', successor.kid, SYSTEM, { from: former.current.kid, alg }),
    ]);
  }

  private async makeUnlessThere(alg: SigningAlgorithm): Promise<void> {
    // Another node may have made it.
    if (!this.keys.signerOf(alg)) await this.keys.load();
    if (this.keys.signerOf(alg)) return;
    await this.makeLine(alg, [this.revocations.ofNoKey(alg)]);
    // Until another node knows it too, a caller that asks that one for the key is told that there is none.
    if (this.database.isShared) await setTimeout(KNOWN_EVERYWHERE_MS);
  }

  /** At first there is no key of an algorithm at all, and both are published together. */
  private async makeLine(alg: SigningAlgorithm, along: Statement[] = []): Promise<void> {
    const missing = (['current', 'next'] as const).filter((stage) => !this.keys.staged(stage, alg));
    if (missing.length === 0) return;
    const made = await this.makeTogether(missing, alg);
    await this.keys.step([
      ...made.flatMap((key) => [
        this.database.insert(SigningKey, key),
        this.event('signing_key.made', key.kid, SYSTEM, { stage: key.stage }),
      ]),
      ...along,
    ]);
  }

  private async makeTogether(stages: ('current' | 'next')[], alg: SigningAlgorithm): Promise<SigningKey[]> {
    const createdAt = new Date();
    const made = await Promise.all(stages.map((stage) => this.vault.make(stage, alg)));
    return made.map((key) => ({ ...key, createdAt }));
  }

  /** A key stays published as long as something that it has signed is live. */
  private forgetUnneeded(now: number): Statement {
    const needed = this.keys.signedRows.map(
      ({ live }) => `AND NOT EXISTS (SELECT 1 FROM (${live}) live WHERE live.kid = signing_keys.kid)`,
    );
    return { sql: `DELETE FROM signing_keys WHERE expires_at < :now ${needed.join(' ')}`, params: { now } };
  }

  private retiring(kid: string): Statement {
    const { ACCESS_TOKEN_TTL, ID_TOKEN_TTL } = this.settings;
    const expiresAt = Date.now() + Math.max(ACCESS_TOKEN_TTL, ID_TOKEN_TTL) + LATE_SIGNATURES_MS;
    const sql = `UPDATE signing_keys SET stage = 'previous', expires_at = :expiresAt
                 WHERE kid = :kid AND stage = 'current'`;
    return { sql, params: { kid, expiresAt }, affects: 1 };
  }

  private promoting(kid: string): Statement {
    const sql = `UPDATE signing_keys SET stage = 'current', activated_at = :now WHERE kid = :kid AND stage = 'next'`;
    return { sql, params: { kid, now: Date.now() }, affects: 1 };
  }

  private event(action: string, id: string, actor: Actor, detail: Record<string, unknown>): Statement {
    return this.audit.event({ action, target: { kind: 'signing_key', id }, detail }, actor);
  }
}

function isNextSeen({ next, current }: KeyLine): boolean {
  return next.createdAt <= current.createdAt || Date.now() - next.createdAt.getTime() >= MIN_PUBLISHED_MS;
}
