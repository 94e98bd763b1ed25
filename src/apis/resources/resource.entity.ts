import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/** The only way is forward. */
export const RESOURCE_STATUSES = ['draft', 'published', 'deprecated', 'retired'] as const;
export type ResourceStatus = (typeof RESOURCE_STATUSES)[number];

export interface ResourceScope {
  name: string;
  description: string | null;
}

/** A protected API: an identifier, which is the audience of its tokens, and its scopes. */
@Entity('resources')
@Index('resources_identifier', ['identifier'], { unique: true })
@Index('resources_owner', ['ownerId'])
export class Resource {
  @IdColumn()
  id: string;

  /** `null` once the owner's account is gone. */
  @ReferenceColumn({ nullable: true })
  @ForeignKey('User', { name: 'resources_owner_id', onDelete: 'SET NULL' })
  ownerId: string | null;

  /** An absolute URI (RFC 8707). */
  @Column('varchar', { length: 500 })
  identifier: string;

  @Column('varchar', { length: 100 })
  name: string;

  @Column('varchar', { length: 1000, nullable: true })
  description: string | null;

  @Column('varchar', { length: 32 })
  version: string;

  @Column('varchar', { length: 16 })
  status: ResourceStatus;

  @Column('simple-json')
  scopes: ResourceScope[];

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}
