import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { Repository } from 'typeorm';
import { Settings } from '../../platform/config/settings.js';
import type { SigningAlgorithm } from '../../platform/config/signing-algorithms.js';
import { isUniqueViolation } from '../../platform/database/database.errors.js';
import { Database, UnexpectedCount, type Statement } from '../../platform/database/database.service.js';
import { KeyVault } from './key-vault.service.js';
import { Endings } from '../revocation/endings.service.js';
import type { Signer } from './key.types.js';
import { KEY_STAGES, SigningKey, type KeyStage } from './signing-key.entity.js';

const RELOAD_AT_MOST_EVERY_MS = 1_000;

/** What verifies the tokens of a key. */
interface VerifyingKey extends Pick<SigningKey, 'alg' | 'signatures'> {
  publicKey: KeyObject;
}

/** The keys of one algorithm that sign now and next. */
export interface KeyLine {
  next: SigningKey;
  current: SigningKey;
}

/** A public key as the JWKS shows it (RFC 7517 §4). */
export type PublishedKey = JsonWebKey & { kid: string; alg: string; use: 'sig' };

/** The keys that sign and verify tokens, as this node knows them; see `KeyRotationService` for how they change. */
@Injectable()
export class SigningKeysService {
  private keys: SigningKey[] = [];
  private verifying = new Map<string, VerifyingKey>();
  /** By algorithm. */
  private readonly signing = new Map<string, Signer>();
  private reloadedAt = -Infinity;
  private reloading: Promise<void> = Promise.resolve();
  private loading: Promise<void> = Promise.resolve();

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly vault: KeyVault,
    private readonly endings: Endings,
    @InjectRepository(SigningKey) private readonly stored: Repository<SigningKey>,
  ) {}

  /** The key to sign access tokens with. */
  get current(): Signer {
    // Until another node with another algorithm has stopped.
    return this.signing.get(this.settings.SIGNING_ALG) ?? this.signing.values().next().value!;
  }

  /** The key that signs by one algorithm; `undefined` while that has no line of keys. */
  signerOf(alg: SigningAlgorithm): Signer | undefined {
    return this.signing.get(alg);
  }

  /** The key with this id and the one algorithm it may be used with; `undefined` when it is not ours. */
  find(kid: string): VerifyingKey | undefined {
    return this.verifying.get(kid);
  }

  /** Looks for keys that another node has made in the meantime, at most once a second in all. */
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

  /** Until when live tokens need each key beyond its rotation, by its `kid`; it stays published for so long. */
  async neededUntil(): Promise<Map<string, Date>> {
    const until = new Map<string, Date>();
    for (const { live } of this.signedRows) {
      const sql = `SELECT kid, MAX(until) AS until FROM (${live}) live GROUP BY kid`;
      const rows = await this.database.query<{ kid: string; until: string | number }>(sql, {
        now: Date.now(),
      });
      for (const { kid, until: last } of rows)
        until.set(kid, new Date(Math.max(Number(last), until.get(kid)?.getTime() ?? 0)));
    }
    return until;
  }

  /** The statement that makes sure that a key is not deleted while the batch signs with it. */
  holding(kid: string): Statement {
    return { sql: 'UPDATE signing_keys SET stage = stage WHERE kid = :kid', params: { kid }, affects: 1 };
  }

  /** What keys sign that outlives their rotation, as `app.endings.ts` has it. */
  get signedRows() {
    return this.endings.rows.flatMap(({ signed }) => signed ?? []);
  }

  /** Runs a batch on the keys as they are known here. `false` when another node was first. Afterwards the keys are as the database has them. */
  async step(statements: Statement[]): Promise<boolean> {
    try {
      await this.database.atomically(statements);
      return true;
    } catch (error) {
      if (!(error instanceof UnexpectedCount) && !isUniqueViolation(error)) throw error;
      return false;
    } finally {
      await this.load();
    }
  }

  /** Reads the keys as they are stored. One at a time, so that an answer that was long on its way does not take the place of a newer one. */
  load(): Promise<void> {
    this.loading = this.loading.catch(() => {}).then(() => this.loadNow());
    return this.loading;
  }

  private async loadNow(): Promise<void> {
    const stored = await this.stored.find({ order: { createdAt: 'DESC', kid: 'ASC' } });
    this.keys = stored.toSorted((a, b) => KEY_STAGES.indexOf(a.stage) - KEY_STAGES.indexOf(b.stage));
    const known = this.verifying;
    this.verifying = new Map(
      this.keys.map(({ kid, alg, signatures, publicJwk }) => [
        kid,
        known.get(kid) ?? { alg, signatures, publicKey: createPublicKey({ key: publicJwk, format: 'jwk' }) },
      ]),
    );
    const current = this.keys.filter(({ stage }) => stage === 'current');
    for (const { kid, alg } of this.signing.values()) {
      if (!current.some((key) => key.kid === kid)) this.signing.delete(alg);
    }
    for (const key of current) {
      const { kid, alg } = key;
      if (this.signing.get(alg)?.kid !== kid)
        this.signing.set(alg, { kid, alg, privateKey: this.vault.open(key) });
    }
  }

  /** The key of an algorithm in one of its stages. */
  staged(stage: KeyStage, alg: string): SigningKey | undefined {
    return this.keys.find((key) => key.stage === stage && key.alg === alg);
  }

  /** Those that are whole; another node may be in the middle of making one. */
  get lines(): KeyLine[] {
    return this.keys.flatMap((current) => {
      const next = current.stage === 'current' ? this.staged('next', current.alg) : undefined;
      return next ? [{ next, current }] : [];
    });
  }
}
