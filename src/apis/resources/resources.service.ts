import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LRUCache } from 'lru-cache';
import { In, MoreThan, Not, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { InvalidToken } from '../../platform/access/access.errors.js';
import { holds, type Actor } from '../../platform/access/actor.js';
import { ProtectedResources, type ProtectedResourceInfo } from '../../platform/access/protected-resources.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { isForeignKeyViolation, isUniqueViolation } from '../../platform/database/database.errors.js';
import {
  Database,
  outdated,
  whileOutdated,
  type Statement,
} from '../../platform/database/database.service.js';
import { given } from '../../platform/http/fields.js';
import { NotFound } from '../../platform/http/http.errors.js';
import type { PageQuery } from '../../platform/http/pagination.js';
import { RESOURCE_STATUSES, Resource, type ResourceScope, type ResourceStatus } from './resource.entity.js';
import { CreateResource, type ChangeResource } from './resources.dto.js';
import { IdentifierTaken, InvalidTransition, NotYourResource } from './resources.errors.js';

const ADMIN_SCOPE = 'resources:admin';
/** Tokens are made for these. */
const USABLE: ResourceStatus[] = ['published', 'deprecated'];

/** Protected APIs. Drafts are their owner's alone; the rest may be read by all and changed by the owner. */
@Injectable()
export class ResourcesService {
  /** What a new resource may say, and the rules for it; a line of an import says the same. */
  static readonly Fields = CreateResource;

  /** Asked for with each refresh; what another node changes counts within a second, as revocations do. */
  private readonly known = new LRUCache<string, { info: ProtectedResourceInfo | undefined }>({
    max: 1_000,
    ttl: 1_000,
  });
  private readonly parted: ((id: string) => Statement[])[] = [];
  private readonly removalListeners: ((resource: Resource, actor: Actor) => Promise<void>)[] = [];

  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
    protectedResources: ProtectedResources,
    @InjectRepository(Resource) private readonly resources: Repository<Resource>,
  ) {
    const where = { status: In(USABLE) };
    protectedResources.add({
      find: (identifier) => this.usable(identifier),
      all: async () =>
        (await this.resources.find({ where, order: { id: 'ASC' } })).flatMap((each) => infoOf(each) ?? []),
    });
  }

  /** Calls back once a resource is deleted. To be called in a constructor. */
  onRemoval(listener: (resource: Resource, actor: Actor) => Promise<void>): void {
    this.removalListeners.push(listener);
  }

  /** What is done in the batch in which an API loses its identifier, by deletion or for another. To be called in a constructor. */
  onParting(statements: (id: string) => Statement[]): void {
    this.parted.push(statements);
  }

  /** One more than `query.limit` resources that the actor may see, oldest first. */
  list(actor: Actor, query: PageQuery, after: string): Promise<Resource[]> {
    const id = MoreThan(after);
    const own = actor.principal ? [{ id, ownerId: actor.principal.id }] : [];
    return this.resources.find({
      where: isAdmin(actor) ? { id } : [...own, { id, status: Not('draft') }],
      order: { id: 'ASC' },
      take: query.limit + 1,
    });
  }

  /** How many there are. */
  count(): Promise<number> {
    return this.resources.count();
  }

  /** At most `limit` resources that the actor may change, oldest first, after the one with the id `after`. */
  async changeableBy(actor: Actor, limit: number, after: string): Promise<Resource[]> {
    if (!isAdmin(actor)) return actor.principal ? this.ownedBy(actor.principal.id, limit, after) : [];
    return this.resources.find({ where: { id: MoreThan(after) }, order: { id: 'ASC' }, take: limit });
  }

  /** Those with these ids, without a check of who may see them. */
  named(ids: string[]): Promise<Resource[]> {
    return this.resources.find({ where: { id: In(ids) }, order: { id: 'ASC' } });
  }

  /** Without a check of who may see it. */
  findByIdentifier(identifier: string): Promise<Resource | null> {
    return this.resources.findOneBy({ identifier });
  }

  /** @throws NotFound, for another owner's draft too */
  async get(id: string, actor: Actor): Promise<Resource> {
    const resource = await this.resources.findOneBy({ id });
    if (!resource || (resource.status === 'draft' && !isOwn(resource, actor))) {
      throw new NotFound('There is no such resource.');
    }
    return resource;
  }

  /** A resource that the actor may change. @throws NotFound, for another owner's draft too, NotYourResource */
  async own(id: string, actor: Actor): Promise<Resource> {
    const resource = await this.get(id, actor);
    if (!isOwn(resource, actor)) throw new NotYourResource();
    return resource;
  }

  /** @throws IdentifierTaken */
  async create(
    fields: CreateResource,
    actor: Actor,
    ownerId = actor.principal?.id ?? null,
  ): Promise<Resource> {
    const now = new Date();
    const resource: Resource = {
      id: uuidv7(),
      ownerId,
      identifier: fields.identifier,
      name: fields.name,
      description: fields.description ?? null,
      version: fields.version ?? '1.0',
      status: fields.status ?? 'draft',
      scopes: fields.scopes ?? [],
      createdAt: now,
      updatedAt: now,
    };
    await this.commit([
      this.database.insert(Resource, resource),
      this.event('resource.created', resource, actor),
    ]);
    return resource;
  }

  /** @throws NotFound, NotYourResource, InvalidTransition, IdentifierTaken */
  change(id: string, fields: ChangeResource, actor: Actor): Promise<Resource> {
    return whileOutdated(() => this.changeOnce(id, fields, actor));
  }

  private async changeOnce(id: string, fields: ChangeResource, actor: Actor): Promise<Resource> {
    const resource = await this.own(id, actor);
    const change: Partial<Resource> = { ...given(fields), updatedAt: new Date() };
    const next: Resource = { ...resource, ...change };
    if (!isForward(resource.status, next.status)) throw new InvalidTransition(resource.status, next.status);
    // On condition of the status it was read with, so that a concurrent step forward is not undone.
    const update = this.database.update(Resource, { id, status: resource.status }, change);
    const isParted = next.identifier !== resource.identifier;
    await this.commit([
      { ...update, or: outdated },
      ...(isParted ? this.parting(id) : []),
      this.event('resource.updated', next, actor, Object.keys(given(fields))),
    ]);
    return next;
  }

  /**
   * The statements that add scopes to an API, for the batch of what needs them. Optimistic lock: they fail with `Outdated`
   * unless the API still declares the scopes that it was read with.
   */
  declaring({ id, scopes, ...read }: Resource, added: ResourceScope[], actor: Actor): Statement[] {
    const change = { scopes: [...scopes, ...added], updatedAt: new Date() };
    const update = this.database.update(Resource, { id, scopes }, change);
    return [
      { ...update, or: outdated, committed: () => this.known.clear() },
      this.event('resource.updated', { ...read, id, ...change }, actor, ['scopes']),
    ];
  }

  /** @throws NotFound, NotYourResource */
  async remove(id: string, actor: Actor): Promise<void> {
    const resource = await this.own(id, actor);
    await this.commit([
      ...this.parting(id),
      { sql: 'DELETE FROM resources WHERE id = :id', params: { id } },
      this.event('resource.deleted', resource, actor),
    ]);
    for (const listener of this.removalListeners) await listener(resource, actor);
  }

  private parting(id: string): Statement[] {
    return this.parted.flatMap((statements) => statements(id));
  }

  /** At most `limit` resources of an owner, oldest first, after the one with the id `after`. */
  private ownedBy(ownerId: string, limit: number, after: string): Promise<Resource[]> {
    return this.resources.find({
      where: { ownerId, id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit,
    });
  }

  /** What tokens can be made for. */
  private async usable(identifier: string): Promise<ProtectedResourceInfo | undefined> {
    let known = this.known.get(identifier);
    if (!known) {
      const found = await this.resources.findOneBy({ status: In(USABLE), identifier });
      this.known.set(identifier, (known = { info: infoOf(found) }));
    }
    return known.info;
  }

  private async commit(statements: Statement[]): Promise<void> {
    try {
      await this.database.atomically(statements);
      this.known.clear();
    } catch (error) {
      if (isUniqueViolation(error)) throw new IdentifierTaken();
      // The owner was deleted between the guard and here.
      if (isForeignKeyViolation(error)) throw new InvalidToken('the account is gone');
      throw error;
    }
  }

  private event(
    action: string,
    { id, identifier, status }: Resource,
    actor: Actor,
    changed?: string[],
  ): Statement {
    const detail = { identifier, status, ...(changed && { changed }) };
    return this.audit.event({ action, target: { kind: 'resource', id }, detail }, actor);
  }
}

/** Whether the resources of all owners are theirs to change. */
export function isAdmin(actor: Actor): boolean {
  return holds(actor, ADMIN_SCOPE);
}

function isOwn(resource: Resource, actor: Actor): boolean {
  return isAdmin(actor) || resource.ownerId === actor.principal?.id;
}

function isForward(from: ResourceStatus, to: ResourceStatus): boolean {
  return RESOURCE_STATUSES.indexOf(to) >= RESOURCE_STATUSES.indexOf(from);
}

function infoOf(resource: Resource | null): ProtectedResourceInfo | undefined {
  if (!resource) return undefined;
  const { identifier, name, scopes } = resource;
  return { identifier, name, scopes: scopes.map((scope) => scope.name) };
}
