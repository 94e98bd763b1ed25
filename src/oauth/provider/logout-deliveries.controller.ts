import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { CurrentActor, Scopes, SessionOnly } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { Cursors, PageQuery, type Page } from '../../platform/http/pagination.js';
import { ClientsService } from '../clients/clients.service.js';
import { LogoutDeliveryResponse } from './logout-deliveries.dto.js';
import { LogoutDeliveriesService } from './logout-deliveries.service.js';

@ApiTags('OAuth clients')
@Controller('v1/oauth/clients/:client/logout-deliveries')
export class LogoutDeliveriesController {
  constructor(
    private readonly clients: ClientsService,
    private readonly deliveries: LogoutDeliveriesService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('clients:read')
  @ApiOperation({ summary: 'List the logouts that an application has not taken yet' })
  @PageOf(LogoutDeliveryResponse)
  async list(@Param('client') id: string, @Query() query: PageQuery): Promise<Page<LogoutDeliveryResponse>> {
    const list = `logout-deliveries:${id}`;
    const after = this.cursors.after(list, query);
    const client = await this.clients.get(id);
    const found = await this.deliveries.pendingOf(client.id, query.limit + 1, after);
    return this.cursors.page(
      list,
      query,
      found,
      (delivery) => delivery.id,
      (delivery) => delivery,
    );
  }

  @Post('retry')
  @HttpCode(202)
  @Scopes('clients:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Send all of them again now' })
  async retry(@Param('client') id: string, @CurrentActor() actor: Actor): Promise<void> {
    const client = await this.clients.get(id);
    await this.deliveries.retry(client, actor);
  }
}
