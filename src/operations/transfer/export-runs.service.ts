import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { pagesOf, type ReadPage } from '../../platform/database/pages.js';
import { RightsService } from './rights.service.js';

const AT_ONCE = 200;

/** What an export is made of. */
export interface Export<T extends { id: string }> {
  /** What it is of, as the audit trail calls it: `users`. */
  of: string;
  detail?: Record<string, unknown>;
  /** What the exporting caller has to be allowed, all the time. */
  scope: string;
  read: ReadPage<T>;
  /** Called for each page with the actor's rights of that moment. */
  linesOf: (page: T[], actor: Actor) => Promise<object[]> | object[];
}

/** Goes through all there is by id, a page at a time, and makes lines of it. */
@Injectable()
export class ExportRunsService {
  constructor(
    private readonly rights: RightsService,
    private readonly audit: AuditService,
  ) {}

  /** JSON lines, a page at a time. The audit trail knows of it before the first, and how far it came. */
  async *run<T extends { id: string }>(task: Export<T>, actor: Actor): AsyncGenerator<string> {
    await this.audit.record({ action: `${task.of}.export_begun`, detail: { ...task.detail } }, actor);
    let lines = 0;
    let isComplete = false;
    try {
      let exporter = actor;
      const readAsWhoTheyAre: ReadPage<T> = async (limit, after) => {
        ({ actor: exporter } = await this.rights.of(actor, task.scope));
        return task.read(limit, after);
      };
      for await (const page of pagesOf(readAsWhoTheyAre, AT_ONCE)) {
        const objects = await task.linesOf(page, exporter);
        if (page.length > 0) yield objects.map((each) => `${JSON.stringify(each)}\n`).join('');
        lines += page.length;
      }
      isComplete = true;
    } finally {
      const detail = { ...task.detail, lines, isComplete };
      await this.audit.record({ action: `${task.of}.exported`, detail }, actor);
    }
  }
}
