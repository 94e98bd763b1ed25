import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CurrentActor, Limited, OptionalScopes, Scopes } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { Cursors, PageQuery } from '../../platform/http/pagination.js';
import { ApplicationResponse, ChangeApplication, CreateApplication } from './applications.dto.js';
import { ApplicationsService } from './applications.service.js';

@ApiTags('Subscriptions')
@Controller('v1/applications')
@Scopes('account:write')
export class ApplicationsController {
  constructor(
    private readonly applications: ApplicationsService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('account:read')
  @OptionalScopes('resources:admin')
  @ApiOperation({ summary: 'List the applications that you own or are a member of' })
  @PageOf(ApplicationResponse)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery) {
    const list = `applications:${actor.principal!.id}`;
    const found = await this.applications.list(actor, query, this.cursors.after(list, query));
    return this.cursors.page(list, query, found, ({ id }) => id, ApplicationResponse.of);
  }

  @Post()
  @Limited('account_change')
  @ApiOperation({ summary: 'Make an application' })
  @ApiCreatedResponse({ type: ApplicationResponse })
  async create(@Body() body: CreateApplication, @CurrentActor() actor: Actor): Promise<ApplicationResponse> {
    return ApplicationResponse.of(await this.applications.create(body, actor));
  }

  @Get(':application')
  @Scopes('account:read')
  @OptionalScopes('resources:admin')
  @ApiOperation({ summary: 'Read an application' })
  @ApiOkResponse({ type: ApplicationResponse })
  async get(@Param('application') id: string, @CurrentActor() actor: Actor): Promise<ApplicationResponse> {
    return ApplicationResponse.of(await this.applications.asRank(id, 'viewer', actor));
  }

  @Patch(':application')
  @ApiOperation({ summary: 'Change an application' })
  @ApiOkResponse({ type: ApplicationResponse })
  async change(
    @Param('application') id: string,
    @Body() body: ChangeApplication,
    @CurrentActor() actor: Actor,
  ): Promise<ApplicationResponse> {
    return ApplicationResponse.of(await this.applications.change(id, body, actor));
  }

  @Delete(':application')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete an application; its subscriptions and keys end with it' })
  async remove(@Param('application') id: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.applications.remove(id, actor);
  }
}
