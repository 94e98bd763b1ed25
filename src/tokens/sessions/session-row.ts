import type { Rotation } from './reuse-window.js';
import type { KnownSession } from './session.entity.js';

/** A row as it is read on the hot path, without the ORM. */
export interface SessionRow {
  id: string;
  user_id: string;
  salt: string;
  generation: number;
  rotations: string;
  scopes: string | null;
  amr: string;
  authenticated_at: string | number;
  created_at: string | number;
  expires_at: string | number;
  absolute_expires_at: string | number;
  revoked_at: string | number | null;
  client_id: string | null;
  parent_id: string | null;
  resources: string | null;
  offline: boolean | number | null;
  dpop_jkt: string | null;
}

const COLUMNS = [
  'id',
  'user_id',
  'salt',
  'generation',
  'rotations',
  'scopes',
  'amr',
  'authenticated_at',
  'created_at',
  'expires_at',
  'absolute_expires_at',
  'revoked_at',
  'client_id',
  'parent_id',
  'resources',
  'offline',
  'dpop_jkt',
] satisfies (keyof SessionRow)[];
const OF_SESSION = COLUMNS.map((name) => `s.${name}`).join(', ');

/** What is read of a session; the rest is for people. */
export const READ_COLUMNS = COLUMNS.join(', ');

/** The statement that reads a session `s` and more, of tables that are joined to it. */
export function readWith({ columns, joins, order }: Record<'columns' | 'joins' | 'order', string>): string {
  return `SELECT ${OF_SESSION}, ${columns} FROM sessions s ${joins} WHERE s.id = :id ORDER BY ${order}`;
}

export function rotationsOf(row: SessionRow): Rotation[] {
  return JSON.parse(row.rotations) as Rotation[];
}

export function sessionOf(row: SessionRow): KnownSession {
  return {
    id: row.id,
    userId: row.user_id,
    scopes: row.scopes === null ? null : (JSON.parse(row.scopes) as string[]),
    amr: JSON.parse(row.amr) as string[],
    authenticatedAt: new Date(Number(row.authenticated_at)),
    createdAt: new Date(Number(row.created_at)),
    expiresAt: new Date(Number(row.expires_at)),
    absoluteExpiresAt: new Date(Number(row.absolute_expires_at)),
    clientId: row.client_id,
    parentId: row.parent_id,
    resources: row.resources === null ? null : (JSON.parse(row.resources) as string[]),
    offline: Boolean(row.offline),
    dpopJkt: row.dpop_jkt,
  };
}
