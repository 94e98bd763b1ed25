import type { Rotation } from './reuse-window.js';
import type { Session } from './session.entity.js';

/** What of a session the rest of the server works with. */
export type KnownSession = Pick<
  Session,
  'id' | 'userId' | 'scopes' | 'amr' | 'authenticatedAt' | 'createdAt' | 'expiresAt' | 'absoluteExpiresAt'
>;

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
  };
}
