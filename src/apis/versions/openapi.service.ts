import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { createHash } from 'node:crypto';
import { Repository } from 'typeorm';
import { InsufficientScope } from '../../platform/access/access.errors.js';
import { holds, type Actor } from '../../platform/access/actor.js';
import { Settings } from '../../platform/config/settings.js';
import { Outdated, whileOutdated, type Statement } from '../../platform/database/database.service.js';
import { NotFound, ValidationFailed } from '../../platform/http/http.errors.js';
import type { Resource } from '../resources/resource.entity.js';
import { ResourcesService } from '../resources/resources.service.js';
import { ApiDocument } from './api-document.entity.js';
import { readDocument, refusal, refuseVast, type DocumentObject } from '../../platform/http/document-text.js';
import { planOf, type ImportPlan } from './import-plan.js';
import { operationsOf, withPathItems, type ReadOperations } from './openapi-operations.js';
import { describedScopes } from './openapi-security.js';
import { publishedDocument } from './published-document.js';
import { duplicates } from './route-shapes.js';
import { RoutesService } from './routes.service.js';
import { urlOf } from './version-address.js';
import { ScopesMissing, VersionIsChanging } from './versions.errors.js';
import type { ApiVersion } from './api-version.entity.js';
import { VersionsService } from './versions.service.js';

const STORE = `INSERT INTO api_documents (version_id, text, digest, created_at)
  VALUES (:versionId, :text, :digest, :now)
  ON CONFLICT (version_id) DO UPDATE SET text = excluded.text, digest = excluded.digest, created_at = excluded.created_at`;

/** Each try of an import reads the whole document. */
const MOST_TRIES = 5;

/** How an import goes about what is there. */
export interface ImportOptions {
  /** Routes that the document does not have stay. */
  keepOthers: boolean;
  /** Scopes that its operations need and the API lacks are added to the API. */
  declareScopes: boolean;
}

/** What an import would do, or has done. */
export interface ImportReport extends ImportPlan {
  read: ReadOperations;
  /** Scopes that operations need and the API does not declare. */
  missingScopes: string[];
}

/** OpenAPI documents of versions: kept as they were given, made into routes, and published with our address and security. */
@Injectable()
export class OpenApiService {
  constructor(
    private readonly settings: Settings,
    private readonly resources: ResourcesService,
    private readonly versions: VersionsService,
    private readonly routes: RoutesService,
    @InjectRepository(ApiDocument) private readonly documents: Repository<ApiDocument>,
  ) {}

  /** Keeps a document; no route changes. @throws NotFound, NotYourResource, ValidationFailed, TooManyDocuments */
  async keep(
    resourceId: string,
    versionId: string,
    text: string,
    actor: Actor,
  ): Promise<{ digest: string; read: ReadOperations }> {
    // First, so that nothing is read for those who may not change it.
    await this.versions.own(resourceId, versionId, actor);
    const document = await readDocument(text);
    const read = await readWhole(document);
    refuseVast(withPathItems(document));
    // JSON, whatever it came as: spaces and comments make no difference.
    const json = JSON.stringify(document);
    const digest = createHash('sha256').update(json).digest('base64url');
    const params = { versionId, text: json, digest, now: Date.now() };
    await whileOutdated(async () => {
      const version = await this.versions.own(resourceId, versionId, actor);
      await this.versions.put(version, {}, 'api_version.document_set', actor, [{ sql: STORE, params }]);
    });
    return { digest, read };
  }

  /** The document as callers need it; made of the routes where none was given. @throws NotFound */
  async published(resourceId: string, versionId: string, actor: Actor): Promise<DocumentObject> {
    const version = await this.versions.get(resourceId, versionId, actor);
    const [resource, routes, kept] = await Promise.all([
      this.resources.get(resourceId, actor),
      this.routes.ofVersions([versionId]),
      this.documents.findOneBy({ versionId }),
    ]);
    const document = kept ? (JSON.parse(kept.text) as DocumentObject) : undefined;
    return publishedDocument({ document, resource, version, routes }, this.settings);
  }

  /** Where the paths of a version begin. */
  addressOf(version: ApiVersion): string {
    return urlOf(version, this.settings);
  }

  /** Says what an import would do. @throws NotFound, NotYourResource */
  async plan(
    resourceId: string,
    versionId: string,
    options: ImportOptions,
    actor: Actor,
  ): Promise<ImportReport> {
    await this.versions.own(resourceId, versionId, actor);
    const document = await this.documentOf(versionId);
    const resource = await this.resources.own(resourceId, actor);
    return this.report(document, resource, versionId, options);
  }

  /**
   * Makes the routes of a version those of its document; the next revision has them.
   * @throws NotFound, NotYourResource, ScopesMissing, InsufficientScope, VersionIsChanging
   */
  async apply(
    resourceId: string,
    versionId: string,
    options: ImportOptions,
    actor: Actor,
  ): Promise<ImportReport> {
    await this.versions.own(resourceId, versionId, actor);
    const document = await this.documentOf(versionId);
    const work = () => this.applyOnce(document, { resourceId, versionId }, options, actor);
    return whileOutdated(work, MOST_TRIES).catch((error: unknown) => {
      throw error instanceof Outdated ? new VersionIsChanging(error) : error;
    });
  }

  private async applyOnce(
    document: DocumentObject,
    { resourceId, versionId }: { resourceId: string; versionId: string },
    options: ImportOptions,
    actor: Actor,
  ): Promise<ImportReport> {
    const version = await this.versions.own(resourceId, versionId, actor);
    const resource = await this.resources.own(resourceId, actor);
    const report = await this.report(document, resource, versionId, options);
    if (report.missingScopes.length > 0 && !options.declareScopes)
      throw new ScopesMissing(report.missingScopes);
    const statements = [
      ...this.declaring(resource, report.missingScopes, document, actor),
      ...this.routes.changing(report, versionId),
    ];
    if (statements.length > 0)
      await this.versions.put(version, {}, 'api_version.imported', actor, statements);
    return report;
  }

  /** @throws NotFound when none was given */
  private async documentOf(versionId: string): Promise<DocumentObject> {
    const kept = await this.documents.findOneBy({ versionId });
    if (!kept) throw new NotFound('This version has no document; PUT it first.');
    return JSON.parse(kept.text) as DocumentObject;
  }

  private async report(
    document: DocumentObject,
    { scopes }: Resource,
    versionId: string,
    { keepOthers }: ImportOptions,
  ): Promise<ImportReport> {
    const read = await readWhole(document);
    const plan = planOf(
      read.routes.map(({ fields }) => fields),
      await this.routes.ofVersions([versionId]),
      versionId,
      { keepOthers },
    );
    refuseDuplicates(plan, read);
    const declared = new Set(scopes.map(({ name }) => name));
    const needed = new Set(read.routes.flatMap(({ fields }) => fields.scopes ?? []));
    const missingScopes = [...needed].filter((scope) => !declared.has(scope)).toSorted();
    return { ...plan, read, missingScopes };
  }

  /** The scopes of an API are changed by who may change the API itself. @throws InsufficientScope */
  private declaring(
    resource: Resource,
    missing: string[],
    document: DocumentObject,
    actor: Actor,
  ): Statement[] {
    if (missing.length === 0) return [];
    if (!holds(actor, 'resources:write')) throw new InsufficientScope(['resources:write']);
    const described = describedScopes(document);
    const added = missing.map((name) => ({ name, description: described.get(name)?.slice(0, 200) ?? null }));
    return this.resources.declaring(resource, added, actor);
  }
}

/** Routes that stay are held against those of the document. @throws ValidationFailed */
function refuseDuplicates({ kept }: ImportPlan, { routes }: ReadOperations): void {
  const staying = kept.map((route) => ({
    name: `the kept route ${route.methods.join(', ')} ${route.path}`,
    fields: route,
  }));
  const errors = duplicates([...staying, ...routes]);
  if (errors.length > 0) throw new ValidationFailed(errors.map((message) => ({ field: 'paths', message })));
}

/** @throws ValidationFailed for a document that cannot be made into routes */
async function readWhole(document: DocumentObject): Promise<ReadOperations> {
  const read = await operationsOf(document);
  if (read.errors.length > 0) throw new ValidationFailed(read.errors);
  if (read.title === '') throw refusal('must have a title', 'info.title');
  return read;
}
