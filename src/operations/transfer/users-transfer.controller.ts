import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { UserLine } from './user-line.dto.js';
import { type ImportSummary } from './transfer.dto.js';
import { Controller, Get, HttpCode, Post, Query, Req, type StreamableFile } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  CurrentActor,
  CurrentPrincipal,
  OptionalScopes,
  Scopes,
  SessionOnly,
  StepUp,
} from '../../platform/access/access.decorators.js';
import { InsufficientScope } from '../../platform/access/access.errors.js';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { longAnswer, longBody } from '../../platform/http/long-bodies.js';

import { GivesLinesOf, TakesLinesOf } from './transfer.decorators.js';
import { ExportUsersQuery, ImportUsersQuery } from './transfer.dto.js';
import { UsersTransferService } from './users-transfer.service.js';

const SECRETS_SCOPE = 'users:export-secrets';

@ApiTags('Import and export')
@Controller('v1/users')
export class UsersTransferController {
  constructor(private readonly transfer: UsersTransferService) {}

  @Post('import')
  @HttpCode(200)
  @Scopes('users:write')
  @OptionalScopes('roles:assign')
  @SessionOnly()
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Make accounts, and with update=true change them, from JSON lines' })
  @TakesLinesOf(UserLine)
  async import(
    @Query() { update, format }: ImportUsersQuery,
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
  ): Promise<ImportSummary> {
    const options = { isUpdating: update === 'true', ...(format && { format }) };
    return this.transfer.import(longBody(request), options, actor);
  }

  @Get('export')
  @Scopes('users:read')
  @OptionalScopes(SECRETS_SCOPE)
  @SessionOnly()
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'All people as JSON lines; with password hashes for users:export-secrets' })
  @GivesLinesOf(UserLine)
  export(
    @Query() { secrets }: ExportUsersQuery,
    @CurrentPrincipal() { scopes }: Principal,
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
  ): StreamableFile {
    const mayHaveSecrets = scopes.includes(SECRETS_SCOPE);
    if (secrets === 'true' && !mayHaveSecrets) throw new InsufficientScope([SECRETS_SCOPE]);
    const lines = this.transfer.export(mayHaveSecrets && secrets !== 'false', actor);
    return longAnswer(request, 'users.ndjson', lines);
  }
}
