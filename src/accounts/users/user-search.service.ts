import { Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { Database } from '../../platform/database/database.service.js';
import { RolesService } from '../roles/roles.service.js';
import { userOf, type RightsRow } from './user-row.js';
import {
  exceptFrom,
  filtersOf,
  selectFrom,
  sourcesOf,
  type Filter,
  type Place,
  type Source,
} from './user-sources.js';
import type { UsersQuery } from './users.dto.js';
import type { UserWithRoles } from './users.service.js';

/** A user as a search finds them. */
export type FoundUser = UserWithRoles & { secondFactor: boolean };

/** A page of what was found; the search goes on after `next`, and is over without it. */
export interface Found {
  users: FoundUser[];
  next: string | null;
}

/** How far a search is: the number of a source, and a user there; at its beginning, both are empty. */
type Position = [source: number, key: string, id: string];

/** What matches among some users of a source, and where the search goes on. */
interface Piece {
  found: { row: Row; position: Position }[];
  next: Position | null;
}

interface Walk {
  sources: Source[];
  filters: Filter[];
  isDown: boolean;
}

interface Row extends RightsRow {
  id: string;
  search_key: string;
  second_factor: string | number | null;
}

/** So many users are looked at in one statement, so that no other request waits for long on SQLite. */
const PIECE = 4_000;
/** After this long, a page is given as short as it is. */
const LONG_ENOUGH_MS = 80;

/**
 * Finds users, in time that does not grow with how many there are: a source is a range of an index, and what no index
 * tells is looked for piece by piece. Never counts.
 */
@Injectable()
export class UserSearchService {
  /** The condition that the user `u` has a second factor, which another room says. */
  secondFactor = '1 = 0';

  constructor(
    private readonly database: Database,
    private readonly roles: RolesService,
  ) {}

  /** The users that match, after the place that `after` names; fewer than `query.limit` when it takes too long. */
  async find(query: UsersQuery, after: string): Promise<Found> {
    const walk = this.walk(query);
    const found: Piece['found'] = [];
    let next: Position | null = after === '' ? [0, '', ''] : (JSON.parse(after) as Position);
    const began = performance.now();
    // One more than asked for, which tells whether there is another page.
    while (next && found.length <= query.limit && performance.now() - began < LONG_ENOUGH_MS) {
      const piece: Piece = await this.piece(walk, next, query.limit + 1 - found.length);
      found.push(...piece.found);
      next = piece.next;
      // Other requests go first.
      if (next) await setImmediate();
    }
    if (found.length > query.limit) next = found[query.limit - 1]!.position;
    const users = await this.shown(found.slice(0, query.limit).map(({ row }) => row));
    return { users, next: next && JSON.stringify(next) };
  }

  private walk(query: UsersQuery): Walk {
    const { sources, searched } = sourcesOf(query, this.database.isSqlite);
    const filters = [...searched, ...filtersOf(query, this.secondFactor)];
    return { sources, filters, isDown: query.order === 'newest' };
  }

  private async piece(walk: Walk, [number, key, id]: Position, limit: number): Promise<Piece> {
    const source = walk.sources[number]!;
    // Whom a source before has, was found there.
    const filters = [...walk.filters, ...walk.sources.slice(0, number).map(exceptFrom)];
    const range = { isDown: walk.isDown, after: id === '' ? undefined : { key, id } };
    const end = filters.length === 0 ? undefined : await this.endOfPiece(source, range);
    const columns = `u.*, ${source.key} AS search_key, (${this.secondFactor}) AS second_factor`;
    const { sql, params } = selectFrom(source, { ...range, upTo: end, filters, limit }, columns);
    const rows = await this.database.query<Row>(sql, params);
    const another: Position | null = number + 1 < walk.sources.length ? [number + 1, '', ''] : null;
    return {
      found: rows.map((row) => ({ row, position: [number, row.search_key, row.id] })),
      next: end ? [number, end.key, end.id] : another,
    };
  }

  private async endOfPiece(source: Source, range: { isDown: boolean; after: Place | undefined }) {
    const { sql, params } = selectFrom(source, { ...range, limit: 1, offset: PIECE - 1 });
    return (await this.database.query<Place>(sql, params))[0];
  }

  private async shown(rows: Row[]): Promise<FoundUser[]> {
    const held = await this.roles.heldBy(rows.map(({ id }) => id));
    return rows.map((row) => ({
      user: userOf(row),
      roles: held.get(row.id) ?? [],
      secondFactor: Boolean(row.second_factor),
    }));
  }
}
