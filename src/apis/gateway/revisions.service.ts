import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { createHash } from 'node:crypto';
import { LessThan, Repository } from 'typeorm';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { isUniqueViolation } from '../../platform/database/database.errors.js';
import { Database, Outdated, whileOutdated } from '../../platform/database/database.service.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { ResourcesService } from '../resources/resources.service.js';
import type { ApiVersion } from '../versions/api-version.entity.js';
import { LifecycleService } from '../versions/lifecycle.service.js';
import { compile } from './compile.js';
import { Documents } from './documents.service.js';
import type { GatewayDocument } from './gateway-document.types.js';
import { GatewayRevision } from './gateway-revision.entity.js';
import { TableDoesNotCompile } from './gateway.errors.js';
import { LiveTable } from './live-table.service.js';

/** What the column takes. */
const MOST_NOTE = 500;
/** More errors than that are not named. */
const MOST_ERRORS = 50;

/** A revision without its document. */
export type RevisionRow = Omit<GatewayRevision, 'document'>;

/** The published tables: each one is made whole, checked, and never changed. Bringing one back makes a new one of it. */
@Injectable()
export class RevisionsService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
    private readonly documents: Documents,
    private readonly table: LiveTable,
    lifecycle: LifecycleService,
    resources: ResourcesService,
    @InjectRepository(GatewayRevision) private readonly revisions: Repository<GatewayRevision>,
  ) {
    lifecycle.onEnding((version, actor) => this.endVersion(version, actor));
    resources.onRemoval(({ id, identifier }, actor) =>
      this.amend(`deleted: ${identifier}`.slice(0, MOST_NOTE), (document) => withoutApi(document, id), actor),
    );
  }

  /** One more than `limit` revisions, the newest first, before the one with this number. */
  list(limit: number, before: number): Promise<RevisionRow[]> {
    return this.revisions.find({
      where: { seq: LessThan(before) },
      select: { seq: true, digest: true, note: true, byId: true, createdAt: true },
      order: { seq: 'DESC' },
      take: limit + 1,
    });
  }

  /** @throws NotFound */
  async get(seq: number): Promise<GatewayRevision> {
    const revision = await this.revisions.findOneBy({ seq });
    if (!revision) throw new NotFound('There is no such revision.');
    return revision;
  }

  /** Compiles what the rows say, and serves it. @throws TableDoesNotCompile */
  async publish(note: string | null, actor: Actor): Promise<RevisionRow> {
    return this.make(() => this.documents.current(), note, 'gateway.published', actor);
  }

  /** Serves an earlier table again, as a new revision; the rows stay as they are. @throws NotFound, TableDoesNotCompile */
  async restore(seq: number, actor: Actor): Promise<RevisionRow> {
    const { document } = await this.get(seq);
    const read = async () => JSON.parse(document) as GatewayDocument;
    return this.make(read, `revision ${seq} again`, 'gateway.restored', actor);
  }

  /** A version that ends does so at once: the table that is served changes in nothing else. */
  private async endVersion(version: ApiVersion, actor: Actor): Promise<void> {
    const { id, label, status } = version;
    await this.amend(`${label} is ${status}`, (document) => withVersion(document, id, version), actor);
  }

  /** Does nothing where nothing changes. */
  private async amend(
    note: string,
    change: (document: GatewayDocument) => GatewayDocument | undefined,
    actor: Actor,
  ): Promise<void> {
    const [newest] = await this.revisions.find({ order: { seq: 'DESC' }, take: 1 });
    const amended = newest && change(JSON.parse(newest.document) as GatewayDocument);
    if (!amended) return;
    const read = async () => {
      const latest = await this.revisions.find({ order: { seq: 'DESC' }, take: 1 });
      return change(JSON.parse(latest[0]!.document) as GatewayDocument) ?? amended;
    };
    await this.make(read, note, 'gateway.amended', actor);
  }

  private make(
    read: () => Promise<GatewayDocument>,
    note: string | null,
    action: string,
    actor: Actor,
  ): Promise<RevisionRow> {
    return whileOutdated(async () => {
      // Its number is taken before the rows are read: what is published later knows what was published before.
      const seq = ((await this.revisions.maximum('seq')) ?? 0) + 1;
      const document = await read();
      const { errors } = compile(document, seq, this.table.place);
      if (errors.length > 0) throw new TableDoesNotCompile(errors.slice(0, MOST_ERRORS));
      const text = JSON.stringify(document);
      const digest = createHash('sha256').update(text).digest('base64url');
      const byId = actor.principal?.id ?? null;
      const row = { seq, digest, note, byId, createdAt: new Date() };
      const event = { action, target: { kind: 'gateway', id: String(seq) }, detail: { digest, note } };
      await this.keep({ ...row, document: text }, event, actor);
      this.table.swap(seq, document);
      return row;
    });
  }

  /** @throws Outdated when another node has taken the number */
  private async keep(
    revision: GatewayRevision,
    event: { action: string; target: { kind: string; id: string }; detail: object },
    actor: Actor,
  ): Promise<void> {
    try {
      await this.database.atomically([
        this.database.insert(GatewayRevision, revision),
        this.audit.event(event as never, actor),
      ]);
    } catch (error) {
      if (isUniqueViolation(error)) throw new Outdated();
      throw error;
    }
  }
}

function withoutApi(document: GatewayDocument, id: string): GatewayDocument | undefined {
  const apis = document.apis.filter((api) => api.id !== id);
  return apis.length < document.apis.length ? { ...document, apis } : undefined;
}

function withVersion(
  document: GatewayDocument,
  id: string,
  { status, deprecatedAt, sunsetAt, successorId, docsUrl }: ApiVersion,
): GatewayDocument | undefined {
  const end = {
    status,
    deprecatedAt: deprecatedAt?.getTime() ?? null,
    sunsetAt: sunsetAt?.getTime() ?? null,
    successorId,
    docsUrl,
  };
  let isThere = false;
  const apis = document.apis.map((api) => ({
    ...api,
    versions: api.versions.map((each) => {
      if (each.id !== id) return each;
      isThere = true;
      return { ...each, ...end };
    }),
  }));
  return isThere ? { ...document, apis } : undefined;
}
