import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Not, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { InvalidToken } from '../access/access.errors.js';
import { holds, type Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { isForeignKeyViolation, isUniqueViolation } from '../database/database.errors.js';
import { Database, UnexpectedCount, type Statement } from '../database/database.service.js';
import { NotFound } from '../http/http.errors.js';
import type { PageQuery } from '../http/pagination.js';
import { PersonalData } from '../users/personal-data.service.js';
import { RESOURCE_STATUSES, Resource, type ResourceStatus } from './resource.entity.js';
import type { ChangeResource, CreateResource } from './resources.dto.js';
import { IdentifierTaken, InvalidTransition, NotYourResource } from './resources.errors.js';

const ADMIN_SCOPE = 'resources:admin';

/** Protected APIs. Drafts are their owner's alone; the rest may be read by all and changed by the owner. */
@Injectable()
export class ResourcesService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
    private readonly personalData: PersonalData,
    @InjectRepository(Resource) private readonly resources: Repository<Resource>,
  ) {}

  onModuleInit(): void {
    this.personalData.add('resources', (...page) => this.ownedBy(...page));
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

  /** At most `limit` resources of an owner, oldest first, after the one with the id `after`. */
  ownedBy(ownerId: string, limit: number, after: string): Promise<Resource[]> {
    return this.resources.find({
      where: { ownerId, id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit,
    });
  }

  /** At most `limit` resources that the actor may change, oldest first, after the one with the id `after`. */
  async changeableBy(actor: Actor, limit: number, after: string): Promise<Resource[]> {
    if (!isAdmin(actor)) return actor.principal ? this.ownedBy(actor.principal.id, limit, after) : [];
    return this.resources.find({ where: { id: MoreThan(after) }, order: { id: 'ASC' }, take: limit });
  }

  /** Whoever may see it. */
  findByIdentifier(identifier: string): Promise<Resource | null> {
    return this.resources.findOneBy({ identifier });
  }

  /** @throws NotFound, for somebody else's draft too */
  async get(id: string, actor: Actor): Promise<Resource> {
    const resource = await this.resources.findOneBy({ id });
    if (!resource || (resource.status === 'draft' && !isOwn(resource, actor))) {
      throw new NotFound('There is no such resource.');
    }
    return resource;
  }

  /** A resource that the actor may change. @throws NotFound, for somebody else's draft too, NotYourResource */
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
  async change(id: string, fields: ChangeResource, actor: Actor): Promise<Resource> {
    const resource = await this.own(id, actor);
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    const change: Partial<Resource> = { ...given, updatedAt: new Date() };
    const next: Resource = { ...resource, ...change };
    if (!isForward(resource.status, next.status)) throw new InvalidTransition(resource.status, next.status);
    try {
      await this.commit([
        // On condition of the status it was read with, so that a concurrent step forward is not undone.
        this.database.update(Resource, { id, status: resource.status }, change),
        this.event('resource.updated', next, actor, Object.keys(given)),
      ]);
    } catch (error) {
      if (error instanceof UnexpectedCount) return this.change(id, fields, actor);
      throw error;
    }
    return next;
  }

  /** @throws NotFound, NotYourResource */
  async remove(id: string, actor: Actor): Promise<void> {
    const resource = await this.own(id, actor);
    await this.commit([
      { sql: 'DELETE FROM resources WHERE id = :id', params: { id } },
      this.event('resource.deleted', resource, actor),
    ]);
  }

  private async commit(statements: Statement[]): Promise<void> {
    try {
      await this.database.atomically(statements);
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
