import { Entity, PrimaryColumn } from 'typeorm';
import { ReferenceColumn, TimeColumn } from './columns.js';

/** Work that one node at a time does; see `Leases`. */
@Entity('leases')
export class Lease {
  /** What the work is called. */
  @PrimaryColumn('varchar', { length: 64 })
  name: string;

  /** The process that does it, by an id that it made for itself. */
  @ReferenceColumn()
  owner: string;

  /** When another may take it over. */
  @TimeColumn()
  expiresAt: Date;
}
