import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { CounterColumn, IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/** A passkey: a WebAuthn credential that its authenticator can find by itself, and asks its owner's PIN or finger for. */
@Entity('passkeys')
@Index('passkeys_user', ['userId', 'id'])
@Index('passkeys_credential', ['credentialId'], { unique: true })
export class Passkey {
  @IdColumn()
  id: string;

  @ReferenceColumn()
  @ForeignKey('User', { name: 'passkeys_user_id', onDelete: 'CASCADE' })
  userId: string;

  /** As the authenticator made it up, base64url; at most 1023 bytes (WebAuthn §5.8.3). */
  @Column('varchar', { length: 1400 })
  credentialId: string;

  /** COSE, base64url. */
  @Column('text')
  publicKey: string;

  /** How often it signed, as it says itself; 0 for those that do not count. */
  @CounterColumn()
  counter: number;

  @Column('simple-json')
  transports: string[];

  /** Whether it may be copied to other devices of its owner. */
  @Column('varchar', { length: 16 })
  device: 'singleDevice' | 'multiDevice';

  @Column('varchar', { length: 100 })
  name: string;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn({ nullable: true })
  lastUsedAt: Date | null;
}
