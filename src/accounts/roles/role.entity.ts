import { Column, Entity } from 'typeorm';
import { CounterColumn, TimeColumn } from '../../platform/database/columns.js';

/** A named set of scopes. */
@Entity('roles')
export class Role {
  @Column('varchar', { length: 64, primary: true })
  name: string;

  @Column('varchar', { length: 500, nullable: true })
  description: string | null;

  /** Scope names; `*` alone, for the `admin` role only, is every scope there is or will be. */
  @Column('simple-json')
  scopes: string[];

  /** Rises with every change of the scopes; see `AuthorityVersion`. */
  @CounterColumn()
  version: number;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}
