import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { CounterColumn, IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/** At most so many `requests` in each window of `per`, such as `1m`. */
export interface RateLimit {
  requests: number;
  per: string;
}

/** What is kept of an API key. The key itself is a signed token, and is kept nowhere. */
@Entity('api_keys')
@Index('api_keys_owner', ['ownerId', 'id'])
@Index('api_keys_kid', ['kid', 'expiresAt'])
@Index('api_keys_expires', ['expiresAt'])
@Index('api_keys_revoked', ['revokedAt'])
@Index('api_keys_subscription', ['subscriptionId', 'id'])
export class ApiKey {
  /** The `jti` of the token. */
  @IdColumn()
  id: string;

  @ReferenceColumn()
  @ForeignKey('User', { name: 'api_keys_owner_id', onDelete: 'CASCADE' })
  ownerId: string;

  @Column('varchar', { length: 100 })
  name: string;

  /** What it was given; it may do what its owner may do, too, at the time. */
  @Column('simple-json')
  scopes: string[];

  /** Which API it is meant for. */
  @Column('varchar', { length: 500 })
  audience: string;

  /** Addresses and CIDR ranges; `null` for everywhere. */
  @Column('simple-json', { nullable: true })
  allowedIps: string[] | null;

  @Column('simple-json', { nullable: true })
  rateLimit: RateLimit | null;

  /** The subscription to an API that it is of, which alone says what it may do; `null` for a key of its owner's own. */
  @ReferenceColumn({ nullable: true })
  subscriptionId: string | null;

  /** The signing key that signed it, which is published as long as the API key lives. */
  @Column('varchar', { length: 43 })
  kid: string;

  /** Rises with every change; what nodes remember of an older version is outdated. */
  @CounterColumn()
  version: number;

  @TimeColumn()
  createdAt: Date;

  /** That of the token, or sooner when it was rotated. */
  @TimeColumn()
  expiresAt: Date;

  /** With its subscription, until that goes on. */
  @TimeColumn({ nullable: true })
  suspendedAt: Date | null;

  @TimeColumn({ nullable: true })
  revokedAt: Date | null;

  /** The key that it was rotated to. */
  @ReferenceColumn({ nullable: true })
  replacedBy: string | null;

  @TimeColumn({ nullable: true })
  lastUsedAt: Date | null;

  @Column('varchar', { length: 64, nullable: true })
  lastUsedIp: string | null;

  @CounterColumn()
  useCount: number;
}
