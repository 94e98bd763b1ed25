import { normaliseEmail } from '../../platform/http/fields.js';
import { USER } from '../roles/roles.service.js';
import type { UsersQuery } from './users.dto.js';

/** Where users are read from, in an order that an index has. Fragments of SQL, in which `u` is a user. */
export interface Source {
  from: string;
  /** What the users themselves need besides, where that is another table. */
  users?: { join: string; on: string };
  /** What it is ordered by. */
  key: string;
  /** What those with the same key are ordered by; the key again where no two users have the same. */
  id: string;
  conditions: string[];
  params: Record<string, unknown>;
}

/** A user in the order of a source. */
export interface Place {
  key: string;
  id: string;
}

/** A condition on the user `u`, and what it compares with. */
export interface Filter {
  condition: string;
  params?: Record<string, unknown>;
}

/** Which users of a source. */
export interface Range {
  isDown: boolean;
  after?: Place | undefined;
  upTo?: Place | undefined;
  filters?: Filter[];
  limit: number;
  offset?: number;
}

/** Behind every text that begins with what it is put behind: a noncharacter (Unicode §23.7). */
const LAST = '\u{10FFFF}';
/** Less of an id tells no more than the hour in which the account was made (RFC 9562 §5.7), and may be a name. */
const ID_START = /^[\da-f]{8,32}$/;
const ID = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx';
const BY_ID: Source = { from: 'users u', key: 'u.id', id: 'u.id', conditions: [], params: {} };
const HOLDS_ROLE =
  'EXISTS (SELECT 1 FROM user_roles held WHERE held.user_id = u.id AND held.role_name = :role)';

/** What few users are, for which there is an index of those few; the rarest first. */
const FEW: { isAsked: (query: UsersQuery) => boolean; condition: string }[] = [
  { isAsked: ({ kind }) => kind === 'service', condition: `u.kind = 'service'` },
  { isAsked: ({ status }) => status === 'disabled', condition: `u.status = 'disabled'` },
  { isAsked: ({ verified }) => verified === false, condition: 'u.email_verified_at IS NULL' },
];

/**
 * Where the users are that a query asks for. A search reads by the beginning of what is searched for, one source after the
 * other, or compares those few whom it asks for by another filter.
 */
export function sourcesOf(query: UsersQuery, isSqlite: boolean): { sources: Source[]; searched: Filter[] } {
  if (!query.search) return { sources: [sourceOfList(query)], searched: [] };
  const sources = sourcesOfSearch(query.search, isSqlite);
  const areFew = query.kind === 'service' || query.status === 'disabled';
  const isRole = query.role !== undefined && query.role !== USER;
  return areFew || isRole
    ? { sources: [sourceOfList(query)], searched: [inOneOf(sources)] }
    : { sources, searched: [] };
}

/** The source of a list without search, by id. */
function sourceOfList(query: UsersQuery): Source {
  const { email, role } = query;
  if (email !== undefined) return { ...BY_ID, conditions: ['u.email = :email'], params: { email } };
  const few = FEW.find(({ isAsked }) => isAsked(query));
  if (few) return { ...BY_ID, conditions: [few.condition] };
  if (role === undefined) return BY_ID;
  return {
    from: 'user_roles ur',
    // CROSS: SQLite reads the tables in this order.
    users: { join: 'CROSS JOIN users u', on: 'u.id = ur.user_id' },
    key: 'ur.user_id',
    id: 'ur.user_id',
    conditions: ['ur.role_name = :role'],
    params: { role },
  };
}

/** By the beginning of the id, of the address, of the name. */
function sourcesOfSearch(text: string, isSqlite: boolean): Source[] {
  // SQLite compares code points anyway.
  const collation = isSqlite ? '' : ' COLLATE "C"';
  const lower = text.toLowerCase();
  const digits = lower.replaceAll('-', '');
  // SQLite's lower() knows ASCII alone, and PostgreSQL's what its locale does.
  const names = new Set([lower, text, text.toUpperCase(), capitalised(lower)].map(asciiLower));
  return [
    ...(ID_START.test(digits) ? [ofId(digits)] : []),
    ofRange('email', `u.email${collation}`, normaliseEmail(text), true),
    ...[...names].map((name, index) => ofRange(`name${index}`, `lower(u.name)${collation}`, name, false)),
  ];
}

/** What a query asks of users besides where they are read from. @param secondFactor the condition that there is one */
export function filtersOf(query: UsersQuery, secondFactor: string): Filter[] {
  const { email, kind, status, verified, role, secondFactor: has } = query;
  return [
    ...(email === undefined ? [] : [{ condition: 'u.email = :email', params: { email } }]),
    ...(kind === undefined ? [] : [{ condition: `u.kind = '${kind}'` }]),
    ...(status === undefined ? [] : [{ condition: `u.status = '${status}'` }]),
    ...(verified === undefined
      ? []
      : [{ condition: `u.email_verified_at IS ${verified ? 'NOT ' : ''}NULL` }]),
    ...(role === undefined ? [] : [{ condition: HOLDS_ROLE, params: { role } }]),
    ...(has === undefined ? [] : [{ condition: `${has ? '' : 'NOT '}(${secondFactor})` }]),
  ];
}

/** Those whom a source does not have; a user without a name is in no range of names. */
export function exceptFrom({ conditions, params }: Source): Filter {
  return { condition: `(${conditions.join(' AND ')}) IS NOT TRUE`, params };
}

function inOneOf(sources: Source[]): Filter {
  const conditions = sources.map((source) => `(${source.conditions.join(' AND ')})`);
  return {
    // In a CASE: SQLite would read them all by the indexes of the ranges.
    condition: `CASE WHEN ${conditions.join(' OR ')} THEN 1 ELSE 0 END = 1`,
    params: Object.assign({}, ...sources.map(({ params }) => params)) as Source['params'],
  };
}

/** The statement that reads users of a source; their places alone without `columns`. */
export function selectFrom(source: Source, range: Range, columns?: string) {
  const { key, id, users } = source;
  const isJoined = columns !== undefined && users;
  const isUnique = key === id;
  const { isDown, after, upTo, filters = [], limit, offset = 0 } = range;
  const bound = (sign: string, name: string) =>
    isUnique ? `${key} ${sign} :${name}Key` : `(${key}, ${id}) ${sign} (:${name}Key, :${name}Id)`;
  const conditions = [
    ...source.conditions,
    ...(isJoined ? [users.on] : []),
    ...(after ? [bound(isDown ? '<' : '>', 'after')] : []),
    ...(upTo ? [bound(isDown ? '>=' : '<=', 'upTo')] : []),
    ...filters.map(({ condition }) => condition),
  ];
  const direction = isDown ? ' DESC' : '';
  const order = isUnique ? `${key}${direction}` : `${key}${direction}, ${id}${direction}`;
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const from = isJoined ? `${source.from} ${users.join}` : source.from;
  const what = columns ?? `${key} AS key, ${id} AS id`;
  const sql = `SELECT ${what} FROM ${from} ${where} ORDER BY ${order} LIMIT :limit OFFSET :offset`;
  const places = { afterKey: after?.key, afterId: after?.id, upToKey: upTo?.key, upToId: upTo?.id };
  const given: Source['params'] = Object.assign({}, source.params, ...filters.map(({ params }) => params));
  return { sql, params: { ...given, ...places, limit, offset } };
}

/** By whole ids, which every collation orders alike. */
function ofId(digits: string): Source {
  const filled = (digit: string) => {
    let position = 0;
    return ID.replaceAll('x', () => digits[position++] ?? digit);
  };
  return {
    ...BY_ID,
    conditions: ['u.id >= :idFrom', 'u.id <= :idTo'],
    params: { idFrom: filled('0'), idTo: filled('f') },
  };
}

function ofRange(name: string, key: string, prefix: string, isUnique: boolean): Source {
  return {
    from: BY_ID.from,
    key,
    id: isUnique ? key : BY_ID.id,
    conditions: [`${key} >= :${name}From`, `${key} < :${name}To`],
    params: { [`${name}From`]: prefix, [`${name}To`]: prefix + LAST },
  };
}

function asciiLower(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function capitalised(text: string): string {
  return text.replaceAll(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
}
