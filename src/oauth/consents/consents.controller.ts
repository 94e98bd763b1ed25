import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import {
  CurrentActor,
  CurrentPrincipal,
  FirstPartyOnly,
  Scopes,
  SessionOnly,
} from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { Cursors, PageQuery, type Page } from '../../platform/http/pagination.js';
import { ConsentResponse } from './consents.dto.js';
import { ConsentsService } from './consents.service.js';

@ApiTags('Own account')
@Controller('v1/me/consents')
export class ConsentsController {
  constructor(
    private readonly consents: ConsentsService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('account:read')
  @FirstPartyOnly()
  @ApiOperation({ summary: 'List what you have allowed other applications' })
  @PageOf(ConsentResponse)
  async list(
    @CurrentPrincipal() { id }: Principal,
    @Query() query: PageQuery,
  ): Promise<Page<ConsentResponse>> {
    const list = `consents:${id}`;
    const found = await this.consents.listOf(id, query.limit + 1, this.cursors.after(list, query));
    return this.cursors.page(list, query, found, (consent) => consent.id, ConsentResponse.of);
  }

  @Delete(':id')
  @HttpCode(204)
  @Scopes('account:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Take a consent back; the application is signed out' })
  async revoke(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.consents.revoke(id, principal.id, actor);
  }
}
