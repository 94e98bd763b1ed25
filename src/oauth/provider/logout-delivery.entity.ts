import { Column, Entity, Index } from 'typeorm';
import type { IdTokenAlg } from '../clients/oauth-client.entity.js';
import { IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/** A logout that a client is to be told of (OIDC Back-Channel Logout 1.0). The row goes when it has been. */
@Entity('logout_deliveries')
@Index('logout_deliveries_next', ['nextAt'])
@Index('logout_deliveries_client', ['clientId', 'id'])
export class LogoutDelivery {
  /** That of the session, so that no logout is told twice. */
  @IdColumn()
  id: string;

  /** The row of the client, which may be gone: it is told of its own end too. */
  @ReferenceColumn()
  clientId: string;

  /** What the client calls itself, where it is told and how that is signed, as of the end of the session. */
  @Column('varchar', { length: 500 })
  audience: string;

  @Column('varchar', { length: 2000 })
  address: string;

  @Column('varchar', { length: 5 })
  alg: IdTokenAlg;

  /** Whose session has ended; the account may be gone. */
  @ReferenceColumn()
  sub: string;

  @ReferenceColumn()
  sid: string;

  @Column('integer')
  attempts: number;

  /** When it is sent next; the node that sends it moves this on first. */
  @TimeColumn()
  nextAt: Date;

  @TimeColumn()
  createdAt: Date;

  @Column('varchar', { length: 200, nullable: true })
  lastError: string | null;
}
