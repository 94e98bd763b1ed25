import { Injectable } from '@nestjs/common';
import { AuditEventResponse } from './audit.dto.js';
import { AuditService, type AuditFilters } from './audit.service.js';

export type ExportFormat = 'csv' | 'jsonl';

/** Events that are read at a time. */
const PIECE = 500;
const COLUMNS = [
  'id',
  'at',
  'action',
  'actorKind',
  'actorId',
  'targetKind',
  'targetId',
  'ip',
  'userAgent',
  'requestId',
  'detail',
];

/** The trail as a file, read piece by piece. */
@Injectable()
export class AuditExportService {
  constructor(private readonly audit: AuditService) {}

  /** Lines of the events that are asked for: those of now, and none that comes while it is read. */
  async *lines(filters: Omit<AuditFilters, 'limit'>, format: ExportFormat): AsyncGenerator<string> {
    if (format === 'csv') yield `${COLUMNS.join(',')}\r\n`;
    const [last] = await this.audit.list({ ...filters, order: 'newest', limit: 0 }, '');
    if (!last) return;
    for (let after: string | undefined = ''; after !== undefined;) {
      const events = await this.audit.list({ ...filters, limit: PIECE }, after);
      for (const event of events.slice(0, PIECE)) {
        if (event.id > last.id) return;
        const shown = AuditEventResponse.of(event);
        yield format === 'csv' ? csvOf(shown) : `${JSON.stringify(shown)}\n`;
      }
      after = events.length > PIECE ? events[PIECE - 1]!.id : undefined;
    }
  }
}

/** RFC 4180. */
function csvOf({ actor, target, at, detail, ...event }: AuditEventResponse): string {
  const { id, action, ip, userAgent, requestId } = event;
  const [of, by] = [
    [target?.kind, target?.id],
    [actor.kind, actor.id],
  ];
  const told = detail === null ? null : JSON.stringify(detail);
  const fields = [id, at.toISOString(), action, ...by, ...of, ip, userAgent, requestId, told];
  return `${fields.map(fieldOf).join(',')}\r\n`;
}

/**
 * A spreadsheet takes what begins with one of these for a formula (CWE-1236), and a stranger chooses a user agent: the
 * apostrophe makes it a text.
 */
function fieldOf(value: string | null | undefined): string {
  const text = (value ?? '').replace(/^[=+\-@\t\r]/, "'$&");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
