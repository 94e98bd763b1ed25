import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { refuseEscalation } from '../../accounts/roles/roles.service.js';
import type { Actor } from '../../platform/access/actor.js';
import { ProtectedResources } from '../../platform/access/protected-resources.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { given } from '../../platform/http/fields.js';
import { NotFound } from '../../platform/http/http.errors.js';
import type { PageQuery } from '../../platform/http/pagination.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';
import { ClientSessionsService } from '../../tokens/sessions/client-sessions.service.js';
import { checkMetadata, type ClientMetadata } from './client-metadata.js';
import { ClientMemory } from './client-memory.service.js';
import { knownOf, READ_BY_ID, recordOf } from './client-row.js';
import type { KnownClient } from './client.types.js';
import { hashOf, randomToken } from '../../platform/http/opaque-token.js';
import { isRegistered } from './redirect-uris.js';
import { OAuthClient, type ClientKind, type ClientStatus } from './oauth-client.entity.js';
import { OAuthClientSecret } from './oauth-client-secret.entity.js';
import { ServiceAccountsService } from '../../accounts/users/service-accounts.service.js';

/** A client that is registered for this scope is a resource server, and may ask about any token. */
export const INTROSPECT_ANY = 'tokens:introspect';

/** So that a secret that leaks is known for one. */
export const SECRET_PREFIX = 'ghs_';

/** What an administrator says of a client beyond its metadata. */
export interface ClientSettings extends ClientMetadata {
  kind: ClientKind;
  serviceAccountId: string | null;
  skipConsent: boolean;
}

/** A client that was just made, with what is shown once. */
export interface MadeClient {
  client: OAuthClient;
  secret: string | undefined;
}

/** The applications that sign people in, or act in their own name. */
@Injectable()
export class ClientsService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
    private readonly serviceAccounts: ServiceAccountsService,
    private readonly sessions: ClientSessionsService,
    private readonly revocations: RevocationsService,
    private readonly resources: ProtectedResources,
    private readonly memory: ClientMemory,
    @InjectRepository(OAuthClient) private readonly clients: Repository<OAuthClient>,
  ) {}

  /** The client that calls itself this, whatever its status. */
  async find(clientId: string): Promise<KnownClient | undefined> {
    return this.memory.find(clientId);
  }

  /** The client with this row. */
  async findById(id: string): Promise<KnownClient | undefined> {
    const record = recordOf(await this.database.query<never>(READ_BY_ID, { id, now: Date.now() }));
    return record && knownOf(record);
  }

  /** @throws NotFound */
  async get(id: string): Promise<KnownClient> {
    const client = await this.findById(id);
    if (!client) throw new NotFound('There is no such client.');
    return client;
  }

  /** One more than `query.limit` clients, oldest first, after the one with the id `after`. */
  list(query: PageQuery, after: string): Promise<OAuthClient[]> {
    return this.clients.find({ where: { id: MoreThan(after) }, order: { id: 'ASC' }, take: query.limit + 1 });
  }

  /**
   * Registers a client, with a secret where it authenticates by one.
   * @throws InvalidClientMetadata, PrivilegeEscalation, NotFound for a service account that is none
   */
  async create(settings: ClientSettings, actor: Actor): Promise<MadeClient> {
    checkMetadata(settings);
    await this.refuseBeyond(settings, actor);
    const id = uuidv7();
    const account = await this.accountFor(settings, actor);
    const client = newClient(id, id, { ...settings, serviceAccountId: account }, actor.principal?.id ?? null);
    const { secret, statements } = this.secretFor(client);
    await this.database.atomically([
      this.database.insert(OAuthClient, client),
      ...statements,
      this.event('client.created', client, actor, { kind: client.kind }),
    ]);
    return { client, secret };
  }

  /**
   * Registers one that comes by itself. `token` is what it manages its registration with.
   * @throws InvalidClientMetadata
   */
  async register(metadata: ClientMetadata, actor: Actor): Promise<MadeClient & { token: string }> {
    checkMetadata(metadata);
    const id = uuidv7();
    const token = randomToken();
    const settings = { ...metadata, kind: 'dynamic' as const, serviceAccountId: null, skipConsent: false };
    const client = { ...newClient(id, id, settings, null), registrationTokenHash: hashOf(token) };
    const { secret, statements } = this.secretFor(client);
    await this.database.atomically([
      this.database.insert(OAuthClient, client),
      ...statements,
      this.event('client.registered', client, actor),
    ]);
    return { client, secret, token };
  }

  /** Changes a client. One that is disabled loses its sessions and tokens. @throws NotFound, InvalidClientMetadata, PrivilegeEscalation */
  async change(
    id: string,
    change: Partial<ClientSettings> & { status?: ClientStatus },
    actor: Actor,
  ): Promise<OAuthClient> {
    const { secretHashes: _, ...client } = await this.get(id);
    const changed = given(change);
    const next: OAuthClient = { ...client, ...changed, updatedAt: new Date() };
    checkMetadata(next);
    await this.refuseBeyond(next, actor);
    const account = await this.accountFor(next, actor);
    if (account !== next.serviceAccountId) changed['serviceAccountId'] = next.serviceAccountId = account;
    const isEnded = next.status === 'disabled' && client.status === 'active';
    const family = isEnded ? { tokenFamily: uuidv7() } : {};
    await this.database.atomically([
      this.database.update(OAuthClient, { id }, { ...changed, ...family, updatedAt: next.updatedAt }),
      ...this.memory.outdating(id),
      ...(isEnded ? this.ending(client) : []),
      this.event(isEnded ? 'client.disabled' : 'client.updated', next, actor, {
        changed: Object.keys(changed),
      }),
    ]);
    return next;
  }

  /** Deletes a client with its sessions, tokens and grants. @throws NotFound */
  async remove(id: string, actor: Actor): Promise<void> {
    const client = await this.get(id);
    await this.database.atomically([
      ...this.ending(client),
      ...this.memory.outdating(id),
      { sql: 'DELETE FROM oauth_clients WHERE id = :id', params: { id } },
      this.event('client.deleted', client, actor),
    ]);
  }

  /** Kills the tokens that a client has of its own name; those that it asks for from now on are of another family. */
  async endTokenFamily(clientId: string, tokenFamily: string): Promise<void> {
    const client = await this.find(clientId);
    await this.database.atomically([
      ...(client ? this.nextFamily(client.id, tokenFamily) : []),
      this.revocations.ofSession(tokenFamily),
    ]);
  }

  /** Whether a request of a client may be answered there; see `isRegistered`. */
  mayRedirectTo(uri: string, { redirectUris }: Pick<OAuthClient, 'redirectUris'>): boolean {
    return isRegistered(uri, redirectUris);
  }

  /** The statement that holds on to a client: it has been neither disabled nor deleted. Others may hold it as well. */
  stillActive(id: string): Statement {
    const lock = this.database.isSqlite ? '' : ' FOR SHARE';
    const sql = `SELECT id FROM oauth_clients WHERE id = :id AND status = 'active'${lock}`;
    return { sql, params: { id }, affects: 1 };
  }

  /** Affects nothing when another request was first. */
  private nextFamily(id: string, tokenFamily: string): Statement[] {
    const next = { ...this.database.update(OAuthClient, { id, tokenFamily }, { tokenFamily: uuidv7() }) };
    delete next.affects;
    return [next, ...this.memory.outdating(id)];
  }

  private ending({ id, tokenFamily }: OAuthClient): Statement[] {
    return [...this.sessions.endingOfClient(id), this.revocations.ofSession(tokenFamily)];
  }

  /**
   * A client that acts with all of a user's rights, as a service account, or asks about any token, is made by who may do
   * that, and its secrets too.
   * @throws PrivilegeEscalation
   */
  async refuseBeyond(client: ClientSettings, actor: Actor): Promise<void> {
    if (client.kind === 'first-party' || client.skipConsent) {
      const own = this.resources.own.scopes;
      refuseEscalation(client.scopes ? client.scopes.filter((scope) => own.includes(scope)) : own, actor);
    }
    const mayAskAny = client.kind !== 'dynamic' && client.scopes?.includes(INTROSPECT_ANY);
    if (mayAskAny) refuseEscalation([INTROSPECT_ANY], actor);
    if (client.serviceAccountId === null) return;
    const found = await this.serviceAccounts.get(client.serviceAccountId);
    refuseEscalation(found.scopes, actor);
  }

  private async accountFor(
    { grantTypes, serviceAccountId, name }: ClientSettings,
    actor: Actor,
  ): Promise<string | null> {
    if (serviceAccountId !== null || !grantTypes.includes('client_credentials')) return serviceAccountId;
    const { user } = await this.serviceAccounts.create(name.slice(0, 100), actor);
    return user.id;
  }

  private secretFor({ id, authMethod }: OAuthClient): {
    secret: string | undefined;
    statements: Statement[];
  } {
    if (!authMethod.startsWith('client_secret')) return { secret: undefined, statements: [] };
    const secret = SECRET_PREFIX + randomToken();
    return { secret, statements: [this.database.insert(OAuthClientSecret, storedSecret(id, secret))] };
  }

  private event(action: string, { id, clientId, name }: OAuthClient, actor: Actor, detail = {}): Statement {
    return this.audit.event(
      { action, target: { kind: 'client', id }, detail: { clientId, name, ...detail } },
      actor,
    );
  }
}

/** The row of a secret. */
export function storedSecret(clientId: string, secret: string): OAuthClientSecret {
  return {
    id: uuidv7(),
    clientId,
    hash: hashOf(secret),
    hint: secret.slice(-4),
    createdAt: new Date(),
    expiresAt: null,
  };
}

/** A new row. */
export function newClient(
  id: string,
  clientId: string,
  settings: ClientSettings,
  ownerId: string | null,
): OAuthClient {
  const now = new Date();
  return {
    ...settings,
    id,
    clientId,
    ownerId,
    status: 'active',
    tokenFamily: uuidv7(),
    registrationTokenHash: null,
    documentExpiresAt: null,
    version: 0,
    createdAt: now,
    updatedAt: now,
    lastUsedAt: null,
  };
}
