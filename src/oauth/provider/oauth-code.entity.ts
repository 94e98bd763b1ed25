import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/** An authorization code. It is kept for a while after its use, so that a second use is known for one. */
@Entity('oauth_codes')
@Index('oauth_codes_expires', ['expiresAt'])
@Index('oauth_codes_client', ['clientId'])
@Index('oauth_codes_user', ['userId'])
export class OAuthCode {
  /** SHA-256 of the code; base64url. */
  @Column('varchar', { length: 43, primary: true })
  hash: string;

  /** The row of the client. */
  @ReferenceColumn()
  @ForeignKey('OAuthClient', { name: 'oauth_codes_client_id', onDelete: 'CASCADE' })
  clientId: string;

  @ReferenceColumn()
  @ForeignKey('User', { name: 'oauth_codes_user_id', onDelete: 'CASCADE' })
  userId: string;

  @ReferenceColumn({ nullable: true })
  parentSessionId: string | null;

  @Column('varchar', { length: 2000 })
  redirectUri: string;

  /** `code_challenge` of the method S256 (RFC 7636). */
  @Column('varchar', { length: 128 })
  challenge: string;

  @Column('simple-json')
  scopes: string[];

  @Column('simple-json')
  resources: string[];

  @Column('varchar', { length: 512, nullable: true })
  nonce: string | null;

  @TimeColumn()
  authTime: Date;

  @Column('simple-json')
  amr: string[];

  @Column('varchar', { length: 43, nullable: true })
  dpopJkt: string | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  expiresAt: Date;

  @TimeColumn({ nullable: true })
  usedAt: Date | null;

  /** The session that it was exchanged for, which ends when the code comes back (RFC 6749 §4.1.2). */
  @ReferenceColumn({ nullable: true })
  sessionId: string | null;
}
