import { Column, Entity } from 'typeorm';
import type { JsonWebKey } from 'node:crypto';
import { TimeColumn } from '../database/columns.js';

/** A key pair that signs tokens. */
@Entity('signing_keys')
export class SigningKey {
  /** The RFC 7638 thumbprint of the public key. */
  @Column('varchar', { length: 43, primary: true })
  kid: string;

  @Column('varchar', { length: 8 })
  alg: string;

  @Column('simple-json')
  publicJwk: JsonWebKey;

  /** The private key, PKCS #8, sealed with AES-256-GCM under a key derived from the server secret. */
  @Column('text')
  sealedPrivateKey: string;

  @TimeColumn()
  createdAt: Date;
}
