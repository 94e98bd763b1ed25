import { Column, Entity, Index } from 'typeorm';
import { TimeColumn } from '../../platform/database/columns.js';

/** The id of a signed statement that works once: a client assertion, or a DPoP proof. */
@Entity('used_ids')
@Index('used_ids_expires', ['expiresAt'])
export class UsedId {
  @Column('varchar', { length: 16, primary: true })
  kind: 'assertion' | 'dpop';

  /** Who signed it: the row of a client, or the thumbprint of a key. */
  @Column('varchar', { length: 100, primary: true })
  issuer: string;

  /** SHA-256 of its `jti`; base64url. */
  @Column('varchar', { length: 43, primary: true })
  hash: string;

  /** From then on it is refused for its age. */
  @TimeColumn()
  expiresAt: Date;
}
