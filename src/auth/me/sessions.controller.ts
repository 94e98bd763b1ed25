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
import { NotFound } from '../../platform/http/http.errors.js';
import { Cursors, PageQuery } from '../../platform/http/pagination.js';
import { SessionResponse } from './sessions.dto.js';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';

@ApiTags('Own account')
@Controller('v1/me/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('account:read')
  @FirstPartyOnly()
  @ApiOperation({ summary: 'List where you are signed in' })
  @PageOf(SessionResponse)
  async list(@CurrentPrincipal() principal: Principal, @Query() query: PageQuery) {
    const list = `sessions:${principal.id}`;
    const found = await this.sessions.list(principal.id, query, this.cursors.after(list, query));
    const show = (session: (typeof found)[number]) => SessionResponse.of(session, principal.sessionId);
    return this.cursors.page(list, query, found, (session) => session.id, show);
  }

  @Delete()
  @HttpCode(204)
  @Scopes('account:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Sign out everywhere, here too' })
  async endAll(@CurrentPrincipal() principal: Principal, @CurrentActor() actor: Actor): Promise<void> {
    await this.sessions.endAllOf(principal.id, actor);
  }

  @Delete(':id')
  @HttpCode(204)
  @Scopes('account:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Sign out on one device' })
  async end(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    if (!(await this.sessions.end(id, principal.id, actor))) throw new NotFound('You have no such session.');
  }
}
