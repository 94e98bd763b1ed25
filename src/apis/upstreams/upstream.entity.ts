import { Column, Entity, Index } from 'typeorm';
import { CounterColumn, IdColumn, TimeColumn } from '../../platform/database/columns.js';

/** Where requests go: an origin, or an origin and a path that stands in front of all paths. */
export interface Target {
  url: string;
  /** Its share of the requests, next to the weights of the others. */
  weight: number;
}

/** How a target is chosen: by weight in turn, or the one with the fewest requests underway for its weight. */
export const BALANCES = ['weighted', 'least-pending'] as const;
export type Balance = (typeof BALANCES)[number];

/** What an upstream is told of the caller: nothing, headers in plain text, or a signed token of ours. */
export const IDENTITIES = ['none', 'headers', 'token'] as const;
export type Identity = (typeof IDENTITIES)[number];

/** In seconds. */
export interface Timeouts {
  /** Until a connection is made, TLS included. */
  connect: number;
  /** Until the head of the answer is there. */
  head: number;
  /** Between two pieces of a body, in either direction. */
  idle: number;
  /** The same of an event stream, or of a WebSocket. */
  streamIdle: number;
  /** For how long a client may take nothing of an answer. */
  clientIdle: number;
}

/** When a target is left alone. */
export interface Breaker {
  /** After so many failures in a row. */
  failures: number;
  /** For so long, in seconds. */
  open: number;
}

/** What TLS to an upstream needs beyond the usual; sealed in the row, and never shown again. */
export interface UpstreamTls {
  ca?: string;
  certificate?: string;
  key?: string;
  serverName?: string;
}

/** A service behind the gateway. */
@Entity('upstreams')
@Index('upstreams_name', ['name'], { unique: true })
export class Upstream {
  @IdColumn()
  id: string;

  @Column('varchar', { length: 100 })
  name: string;

  @Column('simple-json')
  targets: Target[];

  @Column('varchar', { length: 16 })
  balance: Balance;

  @Column('varchar', { length: 16 })
  identity: Identity;

  /** Whether it gets the `Host` that the client sent, and not that of its target. */
  @Column('boolean')
  preserveHost: boolean;

  @Column('simple-json')
  timeouts: Timeouts;

  @Column('simple-json')
  breaker: Breaker;

  /** {@link UpstreamTls}, sealed under the server secret. */
  @Column('text', { nullable: true })
  tlsSealed: string | null;

  /** Rises with every change. */
  @CounterColumn()
  version: number;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}
