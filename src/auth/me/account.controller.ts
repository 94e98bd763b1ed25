import { Body, Controller, Delete, Get, HttpCode, Req, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import {
  CurrentActor,
  CurrentPrincipal,
  Limited,
  Scopes,
  SessionOnly,
} from '../../platform/access/access.decorators.js';
import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { JsonObjectOf } from '../../platform/http/api-docs.js';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { Settings } from '../../platform/config/settings.js';
import { clearSessionCookies, hasSessionCookies } from '../../platform/http/cookies.js';
import { AccountExportService } from './account-export.service.js';
import { DeleteAccount } from './account.dto.js';
import { AccountService } from './account.service.js';

@ApiTags('Own account')
@Controller('v1/me')
export class AccountController {
  constructor(
    private readonly account: AccountService,
    private readonly exports: AccountExportService,
    private readonly settings: Settings,
  ) {}

  @Delete()
  @HttpCode(204)
  @Scopes('account:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Delete your account, with everything that belongs to it' })
  async remove(
    @Body() { currentPassword }: DeleteAccount,
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.account.remove(currentPassword, actor);
    if (hasSessionCookies(request, this.settings)) clearSessionCookies(reply, this.settings);
  }

  @Get('export')
  @Scopes('account:read')
  @SessionOnly()
  @Limited('account_export')
  @ApiOperation({ summary: 'Everything that is stored about you' })
  @JsonObjectOf('The account, and a list for each kind of row that belongs to it')
  async export(@CurrentPrincipal() { id }: Principal): Promise<StreamableFile> {
    const pieces = Readable.from(await this.exports.of(id));
    return new StreamableFile(pieces, { type: 'application/json; charset=utf-8' });
  }
}
