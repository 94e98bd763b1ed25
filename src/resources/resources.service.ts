import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Not, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../access/actor.js';
import type { Principal } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { isUniqueViolation } from '../database/database.errors.js';
import { Database, UnexpectedCount, type Statement } from '../database/database.service.js';
import { NotFound } from '../http/http.errors.js';
import type { PageQuery } from '../http/pagination.js';
import { RESOURCE_STATUSES, Resource, type ResourceStatus } from './resource.entity.js';
import type { ChangeResource, CreateResource } from './resources.dto.js';
import { IdentifierTaken, InvalidTransition, NotYourResource } from './resources.errors.js';

const ADMIN_SCOPE = 'resources:admin';

/** Protected APIs. Drafts are their owner's alone; the rest may be read by all and changed by the owner. */
@Injectable()
export class ResourcesService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
    @InjectRepository(Resource) private readonly resources: Repository<Resource>,
  ) {}

  /** One more than `query.limit` resources that the principal may see, oldest first. */
  list(principal: Principal, query: PageQuery, after: string): Promise<Resource[]> {
    const id = MoreThan(after);
    return this.resources.find({
      where: isAdmin(principal)
        ? { id }
        : [
            { id, ownerId: principal.id },
            { id, status: Not('draft') },
          ],
      order: { id: 'ASC' },
      take: query.limit + 1,
    });
  }

  /** At most `limit` resources of an owner, oldest first, after the one with the id `after`. */
  ownedBy(ownerId: string, limit: number, after: string): Promise<Resource[]> {
    return this.resources.find({
      where: { ownerId, id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit,
    });
  }

  /** @throws NotFound, for somebody else's draft too */
  async get(id: string, principal: Principal): Promise<Resource> {
    const resource = await this.resources.findOneBy({ id });
    if (!resource || (resource.status === 'draft' && !isOwn(resource, principal))) {
      throw new NotFound('There is no such resource.');
    }
    return resource;
  }

  /** @throws IdentifierTaken */
  async create(fields: CreateResource, actor: Actor): Promise<Resource> {
    const now = new Date();
    const resource: Resource = {
      id: uuidv7(),
      ownerId: actor.principal!.id,
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

  private async own(id: string, { principal }: Actor): Promise<Resource> {
    const resource = await this.get(id, principal!);
    if (!isOwn(resource, principal!)) throw new NotYourResource();
    return resource;
  }

  private async commit(statements: Statement[]): Promise<void> {
    try {
      await this.database.atomically(statements);
    } catch (error) {
      if (isUniqueViolation(error)) throw new IdentifierTaken();
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

function isAdmin(principal: Principal): boolean {
  return principal.scopes.includes(ADMIN_SCOPE);
}

function isOwn(resource: Resource, principal: Principal): boolean {
  return resource.ownerId === principal.id || isAdmin(principal);
}

function isForward(from: ResourceStatus, to: ResourceStatus): boolean {
  return RESOURCE_STATUSES.indexOf(to) >= RESOURCE_STATUSES.indexOf(from);
}
