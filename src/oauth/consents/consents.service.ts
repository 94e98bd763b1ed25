import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';
import { ClientSessionsService } from '../../tokens/sessions/client-sessions.service.js';
import type { OAuthClient } from '../clients/oauth-client.entity.js';
import { NoSuchConsent } from './consents.errors.js';
import { OAuthGrant } from './oauth-grant.entity.js';

const COLUMNS = `g.id, g.resource, g.scopes, g.created_at, g.updated_at, c.id AS client_row, c.client_id,
    c.name, c.client_uri, c.logo_uri, c.kind,
    (SELECT MAX(s.last_used_at) FROM sessions s
     WHERE s.client_id = c.id AND s.user_id = g.user_id AND s.revoked_at IS NULL AND s.expires_at > :now) AS last_used_at
  FROM oauth_grants g JOIN oauth_clients c ON c.id = g.client_id`;
const OF_USER = `SELECT ${COLUMNS} WHERE g.user_id = :userId AND g.id > :after ORDER BY g.id LIMIT :limit`;
const OF_ID = `SELECT ${COLUMNS} WHERE g.user_id = :userId AND g.id = :id`;
const UPSERT = `INSERT INTO oauth_grants (id, user_id, client_id, resource, scopes, created_at, updated_at, expires_at)
  VALUES (:id, :userId, :clientId, :resource, :scopes, :now, :now, NULL)
  ON CONFLICT (user_id, client_id, resource) DO UPDATE SET scopes = excluded.scopes, updated_at = excluded.updated_at`;

/** What a user has allowed, with the application as they know it. */
export interface Consent {
  id: string;
  resource: string;
  scopes: string[];
  createdAt: Date;
  updatedAt: Date;
  lastUsedAt: Date | null;
  client: { id: string; clientId: string; name: string; clientUri: string | null; logoUri: string | null };
}

interface Row extends Record<string, string | number | null> {
  id: string;
  resource: string;
  scopes: string;
  client_row: string;
  client_id: string;
  name: string;
}

/** Statements that follow, in the same batch, the end of what a user has allowed the client with this row. */
export type AfterRevoking = (userId: string, clientId: string) => Statement[];

/** What users have allowed other applications to do, by resource. */
@Injectable()
export class ConsentsService {
  private readonly afterRevoking: AfterRevoking[] = [];

  constructor(
    private readonly database: Database,
    private readonly sessions: ClientSessionsService,
    private readonly revocations: RevocationsService,
    private readonly audit: AuditService,
    @InjectRepository(OAuthGrant) private readonly grants: Repository<OAuthGrant>,
  ) {}

  /** Adds to every batch that takes a consent back. Call it in a constructor. */
  whenRevoking(after: AfterRevoking): void {
    this.afterRevoking.push(after);
  }

  /** The scopes that a user has allowed a client, by the identifier of the resource. */
  async granted(userId: string, clientId: string): Promise<Map<string, string[]>> {
    const found = await this.grants.findBy({ userId, clientId });
    const live = found.filter(({ expiresAt }) => expiresAt === null || expiresAt.getTime() > Date.now());
    return new Map(live.map(({ resource, scopes }) => [resource, scopes]));
  }

  /** The statements that note what a user allows from now on, in addition to what they allowed before. */
  async allowing(
    userId: string,
    client: OAuthClient,
    wanted: Map<string, string[]>,
    actor: Actor,
  ): Promise<Statement[]> {
    const before = await this.granted(userId, client.id);
    const now = Date.now();
    const target = { kind: 'client', id: client.id };
    const detail = { clientId: client.clientId, scopes: [...new Set([...wanted.values()].flat())] };
    return [
      ...[...wanted].map(([resource, scopes]) => {
        const all = JSON.stringify([...new Set([...(before.get(resource) ?? []), ...scopes])]);
        return {
          sql: UPSERT,
          params: { id: uuidv7(), userId, clientId: client.id, resource, scopes: all, now },
        };
      }),
      this.audit.event({ action: 'consent.given', target, by: userId, detail }, actor),
    ];
  }

  /** At most `limit` consents of a user, oldest first, after the one with the id `after`. */
  async listOf(userId: string, limit: number, after: string): Promise<Consent[]> {
    const rows = await this.database.query<Row>(OF_USER, { userId, after, limit, now: Date.now() });
    return rows.map(consentOf);
  }

  /** @throws NoSuchConsent */
  async get(id: string, userId: string): Promise<Consent> {
    const [row] = await this.database.query<Row>(OF_ID, { userId, id, now: Date.now() });
    if (!row) throw new NoSuchConsent();
    return consentOf(row);
  }

  /**
   * Takes a consent back; the sessions that its application has of the user end in the same step.
   * @throws NoSuchConsent
   */
  async revoke(id: string, userId: string, actor: Actor): Promise<void> {
    const grant = await this.grants.findOneBy({ id, userId });
    if (!grant) throw new NoSuchConsent();
    const target = { kind: 'client', id: grant.clientId };
    const detail = { userId, resource: grant.resource };
    const event = { action: 'consent.revoked', target, detail };
    const sql = 'DELETE FROM oauth_grants WHERE id = :id';
    await this.database.atomically([
      { sql, params: { id }, affects: 1, or: () => new NoSuchConsent() },
      ...this.sessions.endingOf(userId, grant.clientId),
      ...this.afterRevoking.flatMap((after) => after(userId, grant.clientId)),
      this.audit.event(event, actor),
    ]);
  }
}

function consentOf(row: Row): Consent {
  const time = (name: string) => new Date(Number(row[name]));
  return {
    id: row.id,
    resource: row.resource,
    scopes: JSON.parse(row.scopes) as string[],
    createdAt: time('created_at'),
    updatedAt: time('updated_at'),
    lastUsedAt: row['last_used_at'] === null ? null : time('last_used_at'),
    client: {
      id: row.client_row,
      clientId: row.client_id,
      name: row.name,
      clientUri: row['client_uri'] as string | null,
      logoUri: row['logo_uri'] as string | null,
    },
  };
}
