import { Column, Entity, Index } from 'typeorm';
import type { JsonWebKey } from 'node:crypto';
import { TimeColumn } from '../../platform/database/columns.js';
import type { SigningAlgorithm } from '../../platform/config/signing-algorithms.js';

/** `next` is published and signs nothing yet, `current` signs, `previous` verifies until its last token has expired. */
export const KEY_STAGES = ['next', 'current', 'previous'] as const;
export type KeyStage = (typeof KEY_STAGES)[number];

/** What private halves are sealed for; the context is the `kid`. See `SealingService`. */
export const PRIVATE_KEYS = 'signing-keys';

/** A key pair that signs tokens. Each algorithm has a line of its own: one `next` and one `current`, which the index sees to. */
@Entity('signing_keys')
@Index('signing_keys_stage', ['alg', 'stage'], { unique: true, where: "stage <> 'previous'" })
export class SigningKey {
  /** The RFC 7638 thumbprint of the public key. */
  @Column('varchar', { length: 43, primary: true })
  kid: string;

  @Column('varchar', { length: 8 })
  alg: SigningAlgorithm;

  @Column('varchar', { length: 8 })
  stage: KeyStage;

  @Column('simple-json')
  publicJwk: JsonWebKey;

  /** The private key, PKCS #8, sealed with AES-256-GCM under a key derived from the server secret. */
  @Column('text')
  sealedPrivateKey: string;

  /** `any` for a key from before signatures were canonical: its API keys may have either spelling of ECDSA. */
  @Column('varchar', { length: 9, default: 'any' })
  signatures: 'any' | 'canonical';

  @TimeColumn()
  createdAt: Date;

  /** When it became current. */
  @TimeColumn({ nullable: true })
  activatedAt: Date | null;

  /** When the last token it signed has expired; known once it is `previous`. */
  @TimeColumn({ nullable: true })
  expiresAt: Date | null;
}
