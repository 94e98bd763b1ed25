import { type HeldRights, type RecordOutcome } from './transfer.types.js';
import { type ImportSummary } from './transfer.dto.js';
import { Injectable } from '@nestjs/common';
import { holds, type Actor } from '../../platform/access/actor.js';
import { ImportedResourcesService, ResourceLine } from './imported-resources.service.js';
import type { Resource } from '../../apis/resources/resource.entity.js';
import { ResourcesService } from '../../apis/resources/resources.service.js';

import { UsersService } from '../../accounts/users/users.service.js';
import { ExportRunsService } from './export-runs.service.js';
import { NDJSON } from './formats.js';
import { ImportRunsService } from './import-runs.service.js';

/** Resources in and out, known by their identifiers; owners, by their e-mail addresses. */
@Injectable()
export class ResourcesTransferService {
  constructor(
    private readonly resources: ResourcesService,
    private readonly importedResources: ImportedResourcesService,
    private readonly users: UsersService,
    private readonly imports: ImportRunsService,
    private readonly exports: ExportRunsService,
  ) {}

  /** @throws ImportInterrupted */
  import(source: AsyncIterable<Uint8Array>, isUpdating: boolean, actor: Actor): Promise<ImportSummary> {
    const take = async (records: ResourceLine[], rights: () => Promise<HeldRights>) => {
      const outcomes: RecordOutcome[] = [];
      for (const each of records)
        outcomes.push(await this.importedResources.take(each, isUpdating, (await rights()).actor));
      return outcomes;
    };
    const task = { of: 'resources', scope: 'resources:write', format: NDJSON, line: ResourceLine, take };
    return this.imports.run(source, task, actor);
  }

  /** How many there are of all owners. */
  count(): Promise<number> {
    return this.resources.count();
  }

  /** The resources that the actor may change, oldest first, a piece of lines at a time. */
  export(actor: Actor): AsyncGenerator<string> {
    return this.exports.run<Resource>(
      {
        of: 'resources',
        scope: 'resources:read',
        read: (limit, after) => this.resources.changeableBy(actor, limit, after),
        linesOf: (page, exporter) => this.linesOf(page, exporter),
      },
      actor,
    );
  }

  /** Whose they are is said to who may know the addresses of others. */
  private async linesOf(page: Resource[], actor: Actor): Promise<object[]> {
    const mayKnowAll = holds(actor, 'users:read');
    const mayKnow = (id: string) => mayKnowAll || id === actor.principal?.id;
    const ownerIds = page.flatMap(({ ownerId }) => (ownerId !== null && mayKnow(ownerId) ? [ownerId] : []));
    const emails = await this.users.emailsOf([...new Set(ownerIds)]);
    return page.map(({ id, ownerId, identifier, name, description, version, status, scopes, createdAt }) => {
      const owner = emails.get(ownerId ?? '');
      return {
        id,
        identifier,
        name,
        description,
        version,
        status,
        scopes,
        createdAt,
        ...(owner && { owner }),
      };
    });
  }
}
