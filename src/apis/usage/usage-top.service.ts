import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.service.js';
import { ResourcesService } from '../resources/resources.service.js';
import { UsageWriter } from './usage-writer.service.js';
import type { ChartRange } from './usage.service.js';

export const TOP_BY = ['subscription', 'route', 'version'] as const;
export type TopBy = (typeof TOP_BY)[number];

/** Which rows are of one each, and where their names stand. */
const GROUPS: Record<TopBy, { rows: string; name: string; names: string }> = {
  subscription: {
    rows: `route_id = '' AND subscription_id <> ''`,
    name: 'a.name',
    names: 'LEFT JOIN subscriptions s ON s.id = t.id LEFT JOIN applications a ON a.id = s.application_id',
  },
  route: {
    rows: `route_id <> '' AND subscription_id = ''`,
    name: 'r.path',
    names: 'LEFT JOIN api_routes r ON r.id = t.id',
  },
  version: {
    rows: `route_id = '' AND subscription_id = '' AND version_id <> ''`,
    name: 'v.label',
    names: 'LEFT JOIN api_versions v ON v.id = t.id',
  },
};

/** The order of one list: who calls most, or what is called most. */
export interface TopOf {
  resource: string;
  version?: string | undefined;
  by: TopBy;
  /** How long the list may be. */
  most: number;
}

/** One of a list, with the sums of a time. */
export interface TopEntry {
  id: string;
  /** The application of a subscription, the path of a route, the label of a version; `null` for what is gone or is many. */
  name: string | null;
  requests: number;
  errors: number;
  bytesIn: number;
  bytesOut: number;
  averageMs: number;
}

/** Numbers of PostgreSQL come as text. */
type Row = { id: string; name: string | null } & Record<
  'requests' | 'errors' | 'bytes_in' | 'bytes_out' | 'ms',
  string | number
>;

/** Who and what was called most of an API, of the rows of all nodes. */
@Injectable()
export class UsageTop {
  constructor(
    private readonly database: Database,
    private readonly resources: ResourcesService,
    private readonly writer: UsageWriter,
  ) {}

  /** The most called first. @throws NotFound, NotYourResource */
  async of({ resource, version, by, most }: TopOf, range: ChartRange, actor: Actor): Promise<TopEntry[]> {
    await this.resources.own(resource, actor);
    await this.writer.refresh();
    const isOfOne = version !== undefined;
    const { step, from, to } = range;
    const params = { resource, step, from, to, most, ...(isOfOne && { version }) };
    return (await this.database.query<Row>(statementFor(by, isOfOne), params)).map(entryOf);
  }
}

/** Reads the rows of a time, by the index of that. */
export function statementFor(by: TopBy, isOfOneVersion: boolean): string {
  const { rows, name, names } = GROUPS[by];
  return `SELECT t.*, ${name} AS name FROM (
    SELECT ${by}_id AS id, SUM(requests) AS requests, SUM(server_errors) AS errors, SUM(bytes_in) AS bytes_in,
      SUM(bytes_out) AS bytes_out, SUM(ms) AS ms
    FROM usage_counts WHERE resource_id = :resource AND step = :step AND ${rows}
      AND at >= :from AND at <= :to ${isOfOneVersion ? 'AND version_id = :version' : ''}
    GROUP BY ${by}_id ORDER BY requests DESC, id LIMIT :most) t ${names} ORDER BY t.requests DESC, t.id`;
}

function entryOf({ id, name, ms, bytes_in, bytes_out, ...counts }: Row): TopEntry {
  const requests = Number(counts.requests);
  return {
    id,
    name,
    requests,
    errors: Number(counts.errors),
    bytesIn: Number(bytes_in),
    bytesOut: Number(bytes_out),
    averageMs: Math.round((Number(ms) / requests) * 1000) / 1000,
  };
}
