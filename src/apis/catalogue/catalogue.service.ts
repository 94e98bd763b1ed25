import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.service.js';
import type { DocumentObject } from '../../platform/http/document-text.js';
import { NotFound } from '../../platform/http/http.errors.js';
import type { PageQuery } from '../../platform/http/pagination.js';
import { PlansService } from '../plans/plans.service.js';
import type { Resource } from '../resources/resource.entity.js';
import { ResourcesService } from '../resources/resources.service.js';
import type { ApiVersion } from '../versions/api-version.entity.js';
import { OpenApiService } from '../versions/openapi.service.js';
import { VersionsService } from '../versions/versions.service.js';
import type { CatalogueQuery } from './catalogue.dto.js';
import type { CatalogueApi } from './catalogue.types.js';

const CALLABLE = ['published', 'deprecated'];
// The database folds both sides: SQLite knows A to Z alone, and PostgreSQL all letters.
const FIND = `SELECT r.id FROM resources r WHERE r.id > :after AND r.status IN ('published', 'deprecated')
  AND EXISTS (SELECT 1 FROM api_versions v WHERE v.resource_id = r.id AND v.status IN ('published', 'deprecated')
    AND (v.sunset_at IS NULL OR v.sunset_at > :now))
  AND (LOWER(r.name) LIKE LOWER(:wanted) ESCAPE '!' OR LOWER(r.identifier) LIKE LOWER(:wanted) ESCAPE '!'
    OR LOWER(COALESCE(r.description, '')) LIKE LOWER(:wanted) ESCAPE '!')
  ORDER BY r.id LIMIT :most`;
/** All of them: an API has at most so many plans. */
const ALL: PageQuery = { limit: 100 };

/** The APIs that can be called through the gateway, for who looks for one. */
@Injectable()
export class CatalogueService {
  constructor(
    private readonly database: Database,
    private readonly resources: ResourcesService,
    private readonly versions: VersionsService,
    private readonly openApi: OpenApiService,
    private readonly plans: PlansService,
  ) {}

  /** One more than `query.limit` APIs, oldest first. */
  async list({ q = '', limit }: CatalogueQuery, after: string): Promise<Resource[]> {
    const wanted = `%${q.trim().replaceAll(/[!%_]/g, '!$&')}%`;
    const params = { after, wanted, now: Date.now(), most: limit + 1 };
    const found = await this.database.query<{ id: string }>(FIND, params);
    return this.resources.named(found.map(({ id }) => id));
  }

  /** @throws NotFound, for an API without a version that can be called too */
  async get(id: string, actor: Actor): Promise<CatalogueApi> {
    const { resource, versions } = await this.callable(id, actor);
    const offered = await this.plans.list(id, actor, ALL, '');
    return {
      resource,
      versions: versions.map((version) => ({ version, url: this.openApi.addressOf(version) })),
      plans: offered.filter(({ isPublic, status }) => isPublic && status === 'active'),
    };
  }

  /**
   * The OpenAPI document of a version, as its callers need it.
   * @param label of the version; without one, the newest that is not deprecated, if there is any
   * @throws NotFound
   */
  async document(id: string, label: string | undefined, actor: Actor): Promise<DocumentObject> {
    const { versions } = await this.callable(id, actor, label);
    const version = versions.find(({ status }) => status === 'published') ?? versions[0];
    return this.openApi.published(id, version.id, actor);
  }

  private async callable(
    id: string,
    actor: Actor,
    label?: string,
  ): Promise<{ resource: Resource; versions: [ApiVersion, ...ApiVersion[]] }> {
    const resource = await this.resources.get(id, actor);
    const [newest, ...others] = await this.versions.callable(id, label);
    if (!CALLABLE.includes(resource.status) || !newest)
      throw new NotFound('There is no such API, or no such version of it, in the catalogue.');
    return { resource, versions: [newest, ...others] };
  }
}
