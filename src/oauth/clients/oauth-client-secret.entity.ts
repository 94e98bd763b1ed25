import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/** A secret of a client. Two may be live at once, so that it can be replaced without an interruption. */
@Entity('oauth_client_secrets')
@Index('oauth_client_secrets_client', ['clientId', 'id'])
export class OAuthClientSecret {
  @IdColumn()
  id: string;

  /** The row of the client. */
  @ReferenceColumn()
  @ForeignKey('OAuthClient', { name: 'oauth_client_secrets_client_id', onDelete: 'CASCADE' })
  clientId: string;

  /** SHA-256 of 256 random bits, which needs no slow hash; base64url. */
  @Column('varchar', { length: 43 })
  hash: string;

  /** The last characters, so that its owner can tell two apart. */
  @Column('varchar', { length: 8 })
  hint: string;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn({ nullable: true })
  expiresAt: Date | null;
}
