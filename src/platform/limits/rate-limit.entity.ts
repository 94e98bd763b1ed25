import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A count that the nodes of one PostgreSQL share. rate-limiter-flexible writes it, and says what its columns are. */
@Entity('rate_limits')
@Index('rate_limits_expire', ['expire'])
export class RateLimit {
  @PrimaryColumn('varchar', { length: 255 })
  key: string;

  @Column('integer', { default: 0 })
  points: number;

  /** Milliseconds since 1970. */
  @Column('bigint', { nullable: true })
  expire: string | null;
}
