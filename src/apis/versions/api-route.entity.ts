import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

export const ROUTE_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type RouteMethod = (typeof ROUTE_METHODS)[number];

export const LIMIT_PERIODS = ['second', 'minute', 'hour', 'day'] as const;

/** So many requests of one caller in each period. */
export interface CallLimit {
  requests: number;
  per: (typeof LIMIT_PERIODS)[number];
}

/** What a route may have of its own in place of its upstream's, in seconds. */
export interface RouteTimeouts {
  head?: number;
  idle?: number;
  streamIdle?: number;
  clientIdle?: number;
}

/** Credentials of the caller that go on to the upstream; none by themselves. */
export const FORWARDED = ['authorization', 'cookie'] as const;
export type Forwarded = (typeof FORWARDED)[number];

/** One route of a version: method and path, who may call it, how often, and how it is relayed. */
@Entity('api_routes')
@Index('api_routes_version', ['versionId', 'id'])
export class ApiRoute {
  @IdColumn()
  id: string;

  @ReferenceColumn()
  @ForeignKey('ApiVersion', { name: 'api_routes_version_id', onDelete: 'CASCADE' })
  versionId: string;

  /** As an OpenAPI document names it. */
  @Column('varchar', { length: 100, nullable: true })
  operationId: string | null;

  @Column('simple-json')
  methods: RouteMethod[];

  /** `:name` stands for one segment, a `*` at the end for all that comes. */
  @Column('varchar', { length: 500 })
  path: string;

  /** All of these. */
  @Column('simple-json')
  scopes: string[];

  /** Any one of these. */
  @Column('simple-json')
  roles: string[];

  @Column('boolean')
  isPublic: boolean;

  @Column('simple-json', { nullable: true })
  callLimit: CallLimit | null;

  @Column('simple-json')
  timeouts: RouteTimeouts;

  /** Bytes. */
  @Column('bigint', { transformer: { to: (value: number) => value, from: Number } })
  bodyLimit: number;

  /** How often a request is tried again, where that is safe. */
  @Column('integer')
  retries: number;

  @Column('simple-json')
  forward: Forwarded[];

  /** Whether `//` may stand in its paths. */
  @Column('boolean')
  allowEmptySegments: boolean;

  /** Whether `%2f` may stand in its paths. */
  @Column('boolean')
  allowEncodedSlash: boolean;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}
