import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, MoreThan, Repository } from 'typeorm';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import {
  Database,
  outdated,
  whileOutdated,
  type Statement,
} from '../../platform/database/database.service.js';
import { given } from '../../platform/http/fields.js';
import { NotFound } from '../../platform/http/http.errors.js';
import type { PageQuery } from '../../platform/http/pagination.js';
import { ApiRoute } from './api-route.entity.js';
import { ApiVersion } from './api-version.entity.js';
import { planOf, type ImportPlan } from './import-plan.js';
import { completed, newRoute } from './new-route.js';
import { duplicates, shapeOf } from './route-shapes.js';
import { CreateRoute, type ChangeRoute } from './routes.dto.js';
import { DuplicateRoute } from './versions.errors.js';
import { VersionsService } from './versions.service.js';

/** Routes of a version: made, changed and deleted by who may change the API. The next revision knows. */
@Injectable()
export class RoutesService {
  /** What a new route may say, and the rules for it; a configuration in a file says the same. */
  static readonly Fields = CreateRoute;
  static readonly completed = completed;
  static readonly duplicates = duplicates;

  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
    private readonly versions: VersionsService,
    @InjectRepository(ApiRoute) private readonly routes: Repository<ApiRoute>,
  ) {}

  /** One more than `query.limit` routes, oldest first. @throws NotFound */
  async list(
    resourceId: string,
    versionId: string,
    actor: Actor,
    query: PageQuery,
    after: string,
  ): Promise<ApiRoute[]> {
    await this.versions.get(resourceId, versionId, actor);
    return this.routes.find({
      where: { versionId, id: MoreThan(after) },
      order: { id: 'ASC' },
      take: query.limit + 1,
    });
  }

  /** All of these versions. */
  ofVersions(ids: string[]): Promise<ApiRoute[]> {
    return this.routes.find({ where: { versionId: In(ids) }, order: { id: 'ASC' } });
  }

  /** @throws NotFound */
  async get(resourceId: string, versionId: string, id: string, actor: Actor): Promise<ApiRoute> {
    await this.versions.get(resourceId, versionId, actor);
    return this.find(versionId, id);
  }

  /** @throws NotFound, NotYourResource, DuplicateRoute */
  create(resourceId: string, versionId: string, fields: CreateRoute, actor: Actor): Promise<ApiRoute> {
    return whileOutdated(async () => {
      const version = await this.versions.own(resourceId, versionId, actor);
      const route = newRoute(version.id, fields);
      await this.refuseDuplicate(route);
      await this.commit(version, this.database.insert(ApiRoute, route), 'api_route.created', route, actor);
      return route;
    });
  }

  /** What is not named stays. @throws NotFound, NotYourResource, DuplicateRoute */
  change(
    resourceId: string,
    versionId: string,
    id: string,
    { limit, ...fields }: ChangeRoute,
    actor: Actor,
  ): Promise<ApiRoute> {
    return whileOutdated(async () => {
      const version = await this.versions.own(resourceId, versionId, actor);
      const route = await this.find(versionId, id);
      const change: Partial<ApiRoute> = {
        ...given(fields),
        ...(limit !== undefined && { callLimit: limit }),
        updatedAt: new Date(),
      };
      const next = { ...route, ...change };
      await this.refuseDuplicate(next);
      const update = this.database.update(ApiRoute, { id, versionId }, change);
      await this.commit(version, { ...update, or: noSuchRoute }, 'api_route.updated', next, actor);
      return next;
    });
  }

  /** @throws NotFound, NotYourResource */
  remove(resourceId: string, versionId: string, id: string, actor: Actor): Promise<void> {
    return whileOutdated(async () => {
      const version = await this.versions.own(resourceId, versionId, actor);
      const route = await this.find(versionId, id);
      const sql = 'DELETE FROM api_routes WHERE id = :id';
      const remove = { sql, params: { id }, affects: 1, or: noSuchRoute };
      await this.commit(version, remove, 'api_route.deleted', route, actor);
    });
  }

  /** What would have to change for these to be all routes of a version; what they do not say has its default. */
  async planOf(versionId: string, wanted: CreateRoute[]): Promise<ImportPlan> {
    return planOf(wanted.map(completed), await this.ofVersions([versionId]), versionId);
  }

  /** Makes these all routes of a version, in one step. @throws NotFound, NotYourResource */
  replace(resourceId: string, versionId: string, wanted: CreateRoute[], actor: Actor): Promise<void> {
    return whileOutdated(async () => {
      const version = await this.versions.own(resourceId, versionId, actor);
      const statements = this.changing(await this.planOf(versionId, wanted), versionId);
      if (statements.length > 0)
        await this.versions.put(version, {}, 'api_version.routes_replaced', actor, statements);
    });
  }

  /** The statements of a plan, for a batch that changes the version too. */
  changing({ added, changed, removed }: ImportPlan, versionId: string): Statement[] {
    return [
      ...removed.map(({ id }) => ({ sql: 'DELETE FROM api_routes WHERE id = :id', params: { id } })),
      ...changed.map(({ route: { id }, change }) =>
        this.database.update(ApiRoute, { id, versionId }, change),
      ),
      ...added.map((route) => this.database.insert(ApiRoute, route)),
    ];
  }

  /** @throws NotFound */
  private async find(versionId: string, id: string): Promise<ApiRoute> {
    const route = await this.routes.findOneBy({ id, versionId });
    if (!route) throw noSuchRoute();
    return route;
  }

  /** @throws DuplicateRoute */
  private async refuseDuplicate({ id, versionId, methods, path }: ApiRoute): Promise<void> {
    const others = await this.routes.findBy({ versionId });
    for (const other of others) {
      if (other.id === id || shapeOf(other.path) !== shapeOf(path)) continue;
      const same = methods.find((method) => other.methods.includes(method));
      if (same) throw new DuplicateRoute(same, other.path);
    }
  }

  /** On condition of the version as it was read: two routes that were made at the same time are held against each other. */
  private async commit(
    { id, version }: ApiVersion,
    statement: Statement,
    action: string,
    route: ApiRoute,
    actor: Actor,
  ): Promise<void> {
    const detail = { versionId: id, methods: route.methods, path: route.path };
    await this.database.atomically([
      { ...this.database.update(ApiVersion, { id, version }, { version: version + 1 }), or: outdated },
      statement,
      this.audit.event({ action, target: { kind: 'api_route', id: route.id }, detail }, actor),
    ]);
  }
}

function noSuchRoute(): NotFound {
  return new NotFound('There is no such route of this version.');
}
