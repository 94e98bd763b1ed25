import type { Statement } from '../../platform/database/database.service.js';

/** By the session's own id, so that no logout is told twice. */
const deliver = (ended: string) => `INSERT INTO logout_deliveries
    (id, client_id, audience, address, alg, sub, sid, attempts, next_at, created_at)
  SELECT s.id, c.id, c.client_id, c.backchannel_logout_uri, c.id_token_alg, s.user_id, s.id, 0, :now, :now
  FROM sessions s JOIN oauth_clients c ON c.id = s.client_id
  WHERE ${ended} AND s.revoked_at = :revokedAt AND c.backchannel_logout_uri IS NOT NULL
  ON CONFLICT (id) DO NOTHING`;
const OF_USER = deliver('s.user_id = :userId');
const OF_CLIENT = deliver('s.client_id = :clientId');

/** The statement that has clients told of the sessions of a user that were revoked at `revokedAt`. */
export function deliveriesOf(userId: string, revokedAt: Date): Statement {
  return { sql: OF_USER, params: { userId, revokedAt: revokedAt.getTime(), now: Date.now() } };
}

/** The same of all sessions of a client, with its row's id. */
export function deliveriesTo(clientId: string, revokedAt: Date): Statement {
  return { sql: OF_CLIENT, params: { clientId, revokedAt: revokedAt.getTime(), now: Date.now() } };
}
