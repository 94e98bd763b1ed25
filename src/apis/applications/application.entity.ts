import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { CounterColumn, IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/** A program that calls APIs, and whose keys belong to it rather than to a person. */
@Entity('applications')
@Index('applications_owner', ['ownerId', 'id'])
export class Application {
  @IdColumn()
  id: string;

  /** It stands and falls with this account. */
  @ReferenceColumn()
  @ForeignKey('User', { name: 'applications_owner_id', onDelete: 'CASCADE' })
  ownerId: string;

  @Column('varchar', { length: 100 })
  name: string;

  @Column('varchar', { length: 1000, nullable: true })
  description: string | null;

  /** Rises with every change of it or its members. */
  @CounterColumn()
  version: number;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}
