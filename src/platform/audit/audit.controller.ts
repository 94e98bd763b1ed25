import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scopes } from '../access/access.decorators.js';
import { PageOf } from '../http/api-docs.js';
import { Cursors } from '../http/pagination.js';
import { AuditEventResponse, AuditQuery } from './audit.dto.js';
import { AuditService } from './audit.service.js';

@ApiTags('Audit')
@Controller('v1/audit-events')
export class AuditController {
  constructor(
    private readonly audit: AuditService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('audit:read')
  @ApiOperation({ summary: 'List what happened, oldest first' })
  @PageOf(AuditEventResponse)
  async list(@Query() query: AuditQuery) {
    const found = await this.audit.list(query, this.cursors.after('audit-events', query));
    return this.cursors.page('audit-events', query, found, (event) => event.id, AuditEventResponse.of);
  }
}
