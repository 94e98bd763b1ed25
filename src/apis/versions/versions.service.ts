import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, MoreThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../platform/access/actor.js';
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
import { ResourcesService } from '../resources/resources.service.js';
import { ApiVersion } from './api-version.entity.js';
import { CreateVersion, DeprecateVersion, type ChangeVersion } from './versions.dto.js';
import { UnknownReference, VersionInUse, VersionLabelTaken } from './versions.errors.js';

const MOST_CALLABLE = 100;

/** Versions of APIs: made, changed and deleted by who may change the API. What they become is in `LifecycleService`. */
@Injectable()
export class VersionsService {
  /** What a new version may say, and the rules for it; a configuration in a file says the same. */
  static readonly Fields = CreateVersion;
  static readonly EndFields = DeprecateVersion;

  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
    private readonly resources: ResourcesService,
    @InjectRepository(ApiVersion) private readonly versions: Repository<ApiVersion>,
  ) {}

  /** One more than `query.limit` versions of an API, oldest first. @throws NotFound */
  async list(resourceId: string, actor: Actor, query: PageQuery, after: string): Promise<ApiVersion[]> {
    await this.resources.get(resourceId, actor);
    return this.versions.find({
      where: { resourceId, id: MoreThan(after) },
      order: { id: 'ASC' },
      take: query.limit + 1,
    });
  }

  /** Of all APIs, without a check of who may see them. */
  all(): Promise<ApiVersion[]> {
    return this.versions.find({ order: { resourceId: 'ASC', label: 'ASC' } });
  }

  /**
   * Those of an API that can be called once a revision has them, the newest first and at most a hundred.
   * @param label of the only one that is asked for
   */
  callable(resourceId: string, label?: string): Promise<ApiVersion[]> {
    const of = { resourceId, status: In(['published', 'deprecated']), ...(label !== undefined && { label }) };
    const where = [
      { ...of, sunsetAt: IsNull() },
      { ...of, sunsetAt: MoreThan(new Date()) },
    ];
    return this.versions.find({ where, order: { id: 'DESC' }, take: MOST_CALLABLE });
  }

  /** Those that callers can reach, or could. */
  everPublished(): Promise<ApiVersion[]> {
    const where = { status: In(['published', 'deprecated', 'retired']) };
    return this.versions.find({ where, order: { id: 'ASC' } });
  }

  /** @throws NotFound */
  async get(resourceId: string, id: string, actor: Actor): Promise<ApiVersion> {
    await this.resources.get(resourceId, actor);
    return this.find(resourceId, id);
  }

  /** A version that the actor may change. @throws NotFound, NotYourResource */
  async own(resourceId: string, id: string, actor: Actor): Promise<ApiVersion> {
    await this.resources.own(resourceId, actor);
    return this.find(resourceId, id);
  }

  /** @throws NotFound, NotYourResource, VersionLabelTaken, UnknownReference */
  async create(resourceId: string, fields: CreateVersion, actor: Actor): Promise<ApiVersion> {
    await this.resources.own(resourceId, actor);
    const now = new Date();
    const version: ApiVersion = {
      id: uuidv7(),
      resourceId,
      label: fields.label,
      status: 'draft',
      selector: fields.selector,
      upstreamId: fields.upstreamId,
      basePath: fields.basePath ?? '',
      stripPrefix: fields.stripPrefix ?? true,
      deprecatedAt: null,
      sunsetAt: null,
      successorId: null,
      docsUrl: null,
      version: 0,
      createdAt: now,
      updatedAt: now,
    };
    await this.commit([
      this.database.insert(ApiVersion, version),
      this.event('api_version.created', version, actor),
    ]);
    return version;
  }

  /** @throws NotFound, NotYourResource, VersionLabelTaken, UnknownReference */
  change(resourceId: string, id: string, fields: ChangeVersion, actor: Actor): Promise<ApiVersion> {
    return whileOutdated(async () => {
      const found = await this.own(resourceId, id, actor);
      return this.put(found, given(fields), 'api_version.updated', actor);
    });
  }

  /** Writes a change of a version as it was read. @throws Outdated, VersionLabelTaken, UnknownReference */
  async put(
    found: ApiVersion,
    change: Partial<ApiVersion>,
    action: string,
    actor: Actor,
    more: Statement[] = [],
  ): Promise<ApiVersion> {
    const { id, version } = found;
    const written = { ...change, version: version + 1, updatedAt: new Date() };
    const next = { ...found, ...written };
    await this.commit([
      { ...this.database.update(ApiVersion, { id, version }, written), or: outdated },
      ...more,
      this.event(action, next, actor, Object.keys(change)),
    ]);
    return next;
  }

  /** @throws NotFound, NotYourResource, VersionInUse */
  async remove(resourceId: string, id: string, actor: Actor): Promise<void> {
    const version = await this.own(resourceId, id, actor);
    const sql = `DELETE FROM api_versions WHERE id = :id AND status IN ('draft', 'retired')`;
    await this.database.atomically([
      { sql, params: { id }, affects: 1, or: () => new VersionInUse() },
      this.event('api_version.deleted', version, actor),
    ]);
  }

  /** @throws NotFound */
  private async find(resourceId: string, id: string): Promise<ApiVersion> {
    const version = await this.versions.findOneBy({ id, resourceId });
    if (!version) throw new NotFound('There is no such version of this API.');
    return version;
  }

  private async commit(statements: Statement[]): Promise<void> {
    try {
      await this.database.atomically(statements);
    } catch (error) {
      if (isUniqueViolation(error)) throw new VersionLabelTaken();
      if (isForeignKeyViolation(error)) throw new UnknownReference('upstreamId', 'upstream');
      throw error;
    }
  }

  private event(action: string, version: ApiVersion, actor: Actor, changed?: string[]): Statement {
    const { id, resourceId, label, status } = version;
    const detail = { resourceId, label, status, ...(changed && { changed }) };
    return this.audit.event({ action, target: { kind: 'api_version', id }, detail }, actor);
  }
}
