import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { type ImportSummary } from './transfer.dto.js';
import { Controller, Get, HttpCode, Post, Query, Req, type StreamableFile } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  CurrentActor,
  OptionalScopes,
  Scopes,
  SessionOnly,
} from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { longAnswer, longBody } from '../../platform/http/long-bodies.js';
import { ResourceLine } from './imported-resources.service.js';

import { ResourcesTransferService } from './resources-transfer.service.js';
import { GivesLinesOf, TakesLinesOf } from './transfer.decorators.js';
import { ImportQuery } from './transfer.dto.js';

@ApiTags('Import and export')
@Controller('v1/resources')
@SessionOnly()
export class ResourcesTransferController {
  constructor(private readonly transfer: ResourcesTransferService) {}

  @Post('import')
  @HttpCode(200)
  @Scopes('resources:write')
  @OptionalScopes('resources:admin')
  @ApiOperation({ summary: 'Register resources, and with update=true change them, from JSON lines' })
  @TakesLinesOf(ResourceLine)
  async import(
    @Query() { update }: ImportQuery,
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
  ): Promise<ImportSummary> {
    return this.transfer.import(longBody(request), update === 'true', actor);
  }

  @Get('export')
  @Scopes('resources:read')
  @OptionalScopes('resources:admin', 'users:read')
  @ApiOperation({ summary: 'The resources that you may change, as JSON lines' })
  @GivesLinesOf(ResourceLine)
  export(@CurrentActor() actor: Actor, @Req() request: FastifyRequest): StreamableFile {
    return longAnswer(request, 'resources.ndjson', this.transfer.export(actor));
  }
}
