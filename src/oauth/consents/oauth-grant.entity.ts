import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/** What a user has allowed a client to do at one resource. */
@Entity('oauth_grants')
@Index('oauth_grants_of', ['userId', 'clientId', 'resource'], { unique: true })
@Index('oauth_grants_client', ['clientId', 'id'])
export class OAuthGrant {
  @IdColumn()
  id: string;

  @ReferenceColumn()
  @ForeignKey('User', { name: 'oauth_grants_user_id', onDelete: 'CASCADE' })
  userId: string;

  /** The row of the client. */
  @ReferenceColumn()
  @ForeignKey('OAuthClient', { name: 'oauth_grants_client_id', onDelete: 'CASCADE' })
  clientId: string;

  /** The identifier of the resource; the issuer's for Gatehouse itself. */
  @Column('varchar', { length: 500 })
  resource: string;

  @Column('simple-json')
  scopes: string[];

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;

  /** `null` for a grant that holds until it is taken back. */
  @TimeColumn({ nullable: true })
  expiresAt: Date | null;
}
