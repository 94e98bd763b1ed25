import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.service.js';
import { NoSuchConsent } from './consents.errors.js';
import { ConsentsService } from './consents.service.js';

const COLUMNS = `SELECT g.id, g.user_id, u.email, g.resource, g.scopes, g.created_at, g.updated_at,
    (SELECT MAX(s.last_used_at) FROM sessions s
     WHERE s.client_id = g.client_id AND s.user_id = g.user_id AND s.revoked_at IS NULL AND s.expires_at > :now) AS last_used_at
  FROM oauth_grants g JOIN users u ON u.id = g.user_id WHERE g.client_id = :clientId`;
const OF_CLIENT = `${COLUMNS} AND g.id > :after ORDER BY g.id LIMIT :limit`;
const OWNER = 'SELECT user_id FROM oauth_grants WHERE id = :id AND client_id = :clientId';

/** What one user has allowed a client, as an administrator sees it. */
export interface ClientGrant {
  id: string;
  user: { id: string; email: string };
  resource: string;
  scopes: string[];
  createdAt: Date;
  updatedAt: Date;
  lastUsedAt: Date | null;
}

interface Row {
  id: string;
  user_id: string;
  email: string;
  resource: string;
  scopes: string;
  created_at: string | number;
  updated_at: string | number;
  last_used_at: string | number | null;
}

/** What users have allowed one client: the operator's side of consents. */
@Injectable()
export class ClientGrantsService {
  constructor(
    private readonly database: Database,
    private readonly consents: ConsentsService,
  ) {}

  /** At most `limit` grants of the client with this row, oldest first, after the one with the id `after`. */
  async listOf(clientId: string, limit: number, after: string): Promise<ClientGrant[]> {
    const params = { clientId, limit, after, now: Date.now() };
    return (await this.database.query<Row>(OF_CLIENT, params)).map(grantOf);
  }

  /**
   * Takes one back in its user's place; the sessions that the client has of the user end in the same step.
   * @throws NoSuchConsent
   */
  async revoke(id: string, clientId: string, actor: Actor): Promise<void> {
    const [grant] = await this.database.query<{ user_id: string }>(OWNER, { id, clientId });
    if (!grant) throw new NoSuchConsent();
    await this.consents.revoke(id, grant.user_id, actor);
  }
}

function grantOf(row: Row): ClientGrant {
  return {
    id: row.id,
    user: { id: row.user_id, email: row.email },
    resource: row.resource,
    scopes: JSON.parse(row.scopes) as string[],
    createdAt: new Date(Number(row.created_at)),
    updatedAt: new Date(Number(row.updated_at)),
    lastUsedAt: row.last_used_at === null ? null : new Date(Number(row.last_used_at)),
  };
}
