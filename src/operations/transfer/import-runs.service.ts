import { type HeldRights, type RecordOutcome } from './transfer.types.js';
import { ImportSummary } from './transfer.dto.js';
import { Injectable, Logger, type Type } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Stopping } from '../../platform/http/http.errors.js';
import { asProblem } from '../../platform/http/problem.filter.js';
import { Problem } from '../../platform/http/problem.js';
import { Readiness } from '../../platform/http/readiness.js';
import { RequestValidationPipe } from '../../platform/http/validation.pipe.js';

import type { Format } from './formats.js';
import { ImportSource } from './import-source.js';
import { MalformedLine, ImportInterrupted } from './transfer.errors.js';
import { RightsService } from './rights.service.js';

/** One step of an import, in which no other request is served where the database is SQLite: some milliseconds. */
const RECORDS_AT_ONCE = 25;
const MAX_ERRORS = 1_000;
const lines = new RequestValidationPipe();

/** What an import is made of. */
export interface Import<T> {
  /** What it is of, as the audit trail calls it: `users`. */
  of: string;
  /** What the importing caller has to be allowed, all the time. */
  scope: string;
  format: Format;
  /** The DTO that a line is checked against. */
  line: Type<T>;
  /** Does it, and says what became of each. */
  take: (records: T[], rights: () => Promise<HeldRights>) => Promise<RecordOutcome[]>;
}

/** Goes through a file, a few records at a time, and counts. A bad line is told and keeps no good one back. */
@Injectable()
export class ImportRunsService {
  private readonly log = new Logger(ImportRunsService.name);

  constructor(
    private readonly rights: RightsService,
    private readonly readiness: Readiness,
    private readonly audit: AuditService,
  ) {}

  /** @throws ImportInterrupted when it cannot go on */
  async run<T>(source: AsyncIterable<Uint8Array>, task: Import<T>, actor: Actor): Promise<ImportSummary> {
    const summary: ImportSummary = { created: 0, updated: 0, skipped: 0, failed: 0, errors: [] };
    const record = ({ errors: _errors, ...counts }: ImportSummary, isComplete: boolean) =>
      this.audit.record({ action: `${task.of}.imported`, detail: { ...counts, isComplete } }, actor);
    try {
      await this.goThrough(source, task, summary, actor);
      await record(summary, true);
      return summary;
    } catch (error) {
      await record(summary, false).catch((unrecorded: unknown) => this.log.warn(unrecorded));
      throw new ImportInterrupted(asProblem(error), summary);
    }
  }

  private async goThrough<T>(
    source: AsyncIterable<Uint8Array>,
    task: Import<T>,
    summary: ImportSummary,
    actor: Actor,
  ): Promise<void> {
    const rights = () => this.rightsNow(actor, task.scope);
    const watched = new ImportSource(source, rights);
    let batch = new Map<number, T | Problem>();
    for await (const { number, content } of task.format.pieces(watched)) {
      const record = await readOrRefuse(task, content);
      if (!(record instanceof Problem)) watched.noteGoodLine();
      batch.set(number, record);
      if (batch.size < RECORDS_AT_ONCE) continue;
      await this.take(batch, task, summary, rights);
      batch = new Map();
    }
    await this.take(batch, task, summary, rights);
  }

  private async rightsNow(actor: Actor, scope: string): Promise<HeldRights> {
    if (this.readiness.isStopping) throw new Stopping();
    return this.rights.of(actor, scope);
  }

  private async take<T>(
    batch: Map<number, T | Problem>,
    { take }: Import<T>,
    summary: ImportSummary,
    rights: () => Promise<HeldRights>,
  ): Promise<void> {
    const good = [...batch.values()].filter((each): each is T => !(each instanceof Problem));
    const outcomes = good.length > 0 ? await take(good, rights) : [];
    for (const [number, record] of batch) {
      count(summary, number, record instanceof Problem ? record : outcomes.shift()!);
    }
    // Others first.
    await setImmediate();
  }
}

/** What is wrong with a line is told of it; what is wrong with the server ends the import. */
async function readOrRefuse<T>({ format, line }: Import<T>, content: string | Problem): Promise<T | Problem> {
  try {
    return (await lines.transform(format.lineOf(parsed(content)), { type: 'body', metatype: line })) as T;
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return error;
    throw error;
  }
}

function parsed(content: string | Problem): Record<string, unknown> {
  if (content instanceof Problem) throw content;
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw new MalformedLine('is no JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new MalformedLine('is no JSON object');
  return value as Record<string, unknown>;
}

function count(summary: ImportSummary, line: number, outcome: RecordOutcome): void {
  if (!(outcome instanceof Problem)) {
    summary[outcome]++;
    return;
  }
  summary.failed++;
  if (summary.errors.length === MAX_ERRORS) return;
  const { code, detail, errors } = outcome;
  const fields = errors?.map(({ message }) => message).join('; ');
  summary.errors.push({ line, code, message: (fields ?? detail).slice(0, 500) });
}
