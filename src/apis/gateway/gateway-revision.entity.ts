import { Column, Entity, PrimaryColumn } from 'typeorm';
import { ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/** A published table. It never changes; what comes after it is another one. */
@Entity('gateway_revisions')
export class GatewayRevision {
  /** From 1, without a gap. */
  @PrimaryColumn('integer')
  seq: number;

  /** SHA-256 of the document. */
  @Column('varchar', { length: 43 })
  digest: string;

  /** A `GatewayDocument` as JSON. */
  @Column('text')
  document: string;

  @Column('varchar', { length: 500, nullable: true })
  note: string | null;

  /** Who published it. */
  @ReferenceColumn({ nullable: true })
  byId: string | null;

  @TimeColumn()
  createdAt: Date;
}
