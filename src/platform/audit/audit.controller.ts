import { Controller, Get, Query, Req, type StreamableFile } from '@nestjs/common';
import { Scopes } from '../access/access.decorators.js';
import { ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '../http/api-decorators.js';
import { PageOf } from '../http/api-docs.js';
import type { FastifyRequest } from 'fastify';
import { LINES, longAnswer } from '../http/long-bodies.js';
import { Cursors } from '../http/pagination.js';
import { AuditExportService } from './audit-export.service.js';
import { AuditEventResponse, AuditExportQuery, AuditQuery } from './audit.dto.js';
import { AuditService } from './audit.service.js';

const CSV = 'text/csv';

@ApiTags('Audit')
@Controller('v1/audit-events')
export class AuditController {
  constructor(
    private readonly audit: AuditService,
    private readonly cursors: Cursors,
    private readonly exports: AuditExportService,
  ) {}

  @Get('export')
  @Scopes('audit:read')
  @ApiOperation({ summary: 'What happened, as a file' })
  @ApiOkResponse({
    description: 'One event a line',
    content: {
      [LINES]: { schema: { $ref: getSchemaPath(AuditEventResponse) } },
      [CSV]: { schema: { type: 'string' } },
    },
  })
  export(@Query() { format, ...filters }: AuditExportQuery, @Req() request: FastifyRequest): StreamableFile {
    const lines = this.exports.lines(filters, format);
    return longAnswer(
      request,
      `audit-events.${format}`,
      lines,
      format === 'csv' ? `${CSV}; charset=utf-8` : LINES,
    );
  }

  @Get()
  @Scopes('audit:read')
  @ApiOperation({ summary: 'List what happened' })
  @PageOf(AuditEventResponse)
  async list(@Query() query: AuditQuery) {
    const list = query.order === 'newest' ? 'audit-events:newest' : 'audit-events';
    const found = await this.audit.list(query, this.cursors.after(list, query));
    return this.cursors.page(list, query, found, (event) => event.id, AuditEventResponse.of);
  }
}
