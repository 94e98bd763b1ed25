import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { CurrentActor, Scopes, SessionOnly } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { Cursors, PageQuery, type Page } from '../../platform/http/pagination.js';
import { ClientsService } from '../clients/clients.service.js';
import { ClientGrantResponse } from './client-grants.dto.js';
import { ClientGrantsService } from './client-grants.service.js';

@ApiTags('OAuth clients')
@Controller('v1/oauth/clients/:client/grants')
export class ClientGrantsController {
  constructor(
    private readonly clients: ClientsService,
    private readonly grants: ClientGrantsService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('clients:read', 'users:read')
  @ApiOperation({ summary: 'List what users have allowed an application' })
  @PageOf(ClientGrantResponse)
  async list(@Param('client') id: string, @Query() query: PageQuery): Promise<Page<ClientGrantResponse>> {
    const list = `client-grants:${id}`;
    const after = this.cursors.after(list, query);
    const client = await this.clients.get(id);
    const found = await this.grants.listOf(client.id, query.limit + 1, after);
    return this.cursors.page(list, query, found, (grant) => grant.id, ClientGrantResponse.of);
  }

  @Delete(':grantId')
  @HttpCode(204)
  @Scopes('clients:write')
  @SessionOnly()
  @ApiOperation({
    summary: 'Take back what a user has allowed an application; it is signed out of that account',
  })
  async revoke(
    @Param('client') id: string,
    @Param('grantId') grantId: string,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    const client = await this.clients.get(id);
    await this.grants.revoke(grantId, client.id, actor);
  }
}
