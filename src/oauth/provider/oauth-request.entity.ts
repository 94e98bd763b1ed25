import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';
import type { AuthorizationParameters } from './authorization-request.js';

/** An authorization request that was pushed (RFC 9126), or one whose user is signing in. */
@Entity('oauth_requests')
@Index('oauth_requests_expires', ['expiresAt'])
@Index('oauth_requests_client', ['clientId'])
@Index('oauth_requests_user', ['userId'])
export class OAuthRequest {
  /** SHA-256 of the id in the URL; base64url. */
  @Column('varchar', { length: 43, primary: true })
  hash: string;

  @Column('varchar', { length: 8 })
  kind: 'pushed' | 'sign-in';

  /** The row of the client. */
  @ReferenceColumn()
  @ForeignKey('OAuthClient', { name: 'oauth_requests_client_id', onDelete: 'CASCADE' })
  clientId: string;

  /** As they were checked. */
  @Column('simple-json')
  parameters: AuthorizationParameters;

  /** Who has chosen to go on, where the request asks for a choice. */
  @ReferenceColumn({ nullable: true })
  @ForeignKey('User', { name: 'oauth_requests_user_id', onDelete: 'CASCADE' })
  userId: string | null;

  /** The session that was chosen, where the request asks for a choice. */
  @ReferenceColumn({ nullable: true })
  sessionId: string | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  expiresAt: Date;

  @TimeColumn({ nullable: true })
  usedAt: Date | null;
}
