import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.service.js';

const LIVE = `SELECT s.id, s.created_at, s.last_used_at, s.ip, c.name
  FROM sessions s JOIN oauth_clients c ON c.id = s.client_id
  WHERE s.user_id = :userId AND s.revoked_at IS NULL AND s.expires_at > :now
  ORDER BY s.last_used_at DESC, s.id LIMIT :limit`;

/** A live session of an application, as its user knows it. */
export interface ClientSignIn {
  id: string;
  /** The name of the application. */
  name: string;
  createdAt: Date;
  lastUsedAt: Date;
  ip: string | null;
}

interface Row extends Record<string, string | number | null> {
  id: string;
  created_at: string | number;
  last_used_at: string | number;
  ip: string | null;
  name: string;
}

/** Which applications a user is signed in to. */
@Injectable()
export class ClientSignInsService {
  constructor(private readonly database: Database) {}

  /** At most `limit` of them, the last used first. */
  async of(userId: string, limit: number): Promise<ClientSignIn[]> {
    const rows = await this.database.query<Row>(LIVE, { userId, now: Date.now(), limit });
    return rows.map(({ id, name, ip, created_at, last_used_at }) => ({
      id,
      name,
      ip,
      createdAt: new Date(Number(created_at)),
      lastUsedAt: new Date(Number(last_used_at)),
    }));
  }
}
