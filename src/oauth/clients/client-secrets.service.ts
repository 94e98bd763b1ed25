import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Database, UnexpectedCount } from '../../platform/database/database.service.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { ClientMemory } from './client-memory.service.js';
import { NoSecrets, TooManySecrets } from './clients.errors.js';
import { ClientsService, SECRET_PREFIX, storedSecret } from './clients.service.js';
import { randomToken } from '../../platform/http/opaque-token.js';
import { OAuthClientSecret } from './oauth-client-secret.entity.js';

/** Holds the row, so that the next statement counts what another request has added before. */
const HOLD = 'UPDATE oauth_clients SET updated_at = :now WHERE id = :clientId';
const FEWER_THAN_TWO = `UPDATE oauth_clients SET updated_at = :now WHERE id = :clientId AND (
  SELECT count(*) FROM oauth_client_secrets s
  WHERE s.client_id = :clientId AND (s.expires_at IS NULL OR s.expires_at > :now)) < 2`;
const EXPIRE_OTHERS = `UPDATE oauth_client_secrets SET expires_at = :until
  WHERE client_id = :clientId AND (expires_at IS NULL OR expires_at > :until)`;
const REMOVE_EXPIRED = 'DELETE FROM oauth_client_secrets WHERE client_id = :clientId AND expires_at <= :now';

/** The secrets of clients: at most two are live, so that one can be replaced without an interruption. */
@Injectable()
export class ClientSecretsService {
  constructor(
    private readonly database: Database,
    private readonly clients: ClientsService,
    private readonly memory: ClientMemory,
    private readonly audit: AuditService,
    @InjectRepository(OAuthClientSecret) private readonly secrets: Repository<OAuthClientSecret>,
  ) {}

  /** Those of a client, the oldest first. @throws NotFound */
  async list(clientId: string): Promise<OAuthClientSecret[]> {
    await this.clients.get(clientId);
    return this.secrets.find({ where: { clientId }, order: { id: 'ASC' } });
  }

  /**
   * A new secret, which is shown this once.
   * @param expireOthersAt when the one before stops working; never, when it is left out
   * @throws NotFound, PrivilegeEscalation, NoSecrets, TooManySecrets
   */
  async add(clientId: string, expireOthersAt: Date | undefined, actor: Actor) {
    const client = await this.clients.get(clientId);
    const { authMethod } = client;
    await this.clients.refuseBeyond(client, actor);
    if (!authMethod.startsWith('client_secret')) throw new NoSecrets();
    const secret = SECRET_PREFIX + randomToken();
    const stored = storedSecret(clientId, secret);
    const now = Date.now();
    try {
      await this.database.atomically([
        { sql: REMOVE_EXPIRED, params: { clientId, now } },
        { sql: HOLD, params: { clientId, now } },
        { sql: FEWER_THAN_TWO, params: { clientId, now }, affects: 1 },
        ...(expireOthersAt
          ? [{ sql: EXPIRE_OTHERS, params: { clientId, until: expireOthersAt.getTime() } }]
          : []),
        this.database.insert(OAuthClientSecret, stored),
        ...this.memory.outdating(clientId),
        this.event('client.secret_added', clientId, stored.id, actor),
      ]);
    } catch (error) {
      if (error instanceof UnexpectedCount) throw new TooManySecrets();
      throw error;
    }
    return { stored, secret };
  }

  /** @throws NotFound */
  async remove(clientId: string, id: string, actor: Actor): Promise<void> {
    const sql = 'DELETE FROM oauth_client_secrets WHERE client_id = :clientId AND id = :id';
    try {
      await this.database.atomically([
        { sql, params: { clientId, id }, affects: 1 },
        ...this.memory.outdating(clientId),
        this.event('client.secret_removed', clientId, id, actor),
      ]);
    } catch (error) {
      if (error instanceof UnexpectedCount) throw new NotFound('There is no such secret.');
      throw error;
    }
  }

  private event(action: string, clientId: string, secretId: string, actor: Actor) {
    return this.audit.event(
      { action, target: { kind: 'client', id: clientId }, detail: { secretId } },
      actor,
    );
  }
}
