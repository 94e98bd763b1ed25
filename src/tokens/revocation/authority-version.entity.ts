import { Entity, PrimaryColumn } from 'typeorm';
import { CounterColumn } from '../../platform/database/columns.js';

/**
 * One row: the number of the last change of any rights. A batch that changes rights raises it first and so
 * holds its lock until it commits: versions rise in the order of commits, and such changes never interleave.
 */
@Entity('authority_version')
export class AuthorityVersion {
  @PrimaryColumn('integer')
  id: number;

  @CounterColumn()
  value: number;
}
