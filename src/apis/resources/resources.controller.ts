import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CurrentActor, OptionalScopes, Scopes } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { Cursors, PageQuery } from '../../platform/http/pagination.js';
import { ChangeResource, CreateResource, ResourceResponse } from './resources.dto.js';
import { ResourcesService } from './resources.service.js';

@ApiTags('Resources')
@Controller('v1/resources')
@OptionalScopes('resources:admin')
export class ResourcesController {
  constructor(
    private readonly resources: ResourcesService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('resources:read')
  @ApiOperation({ summary: 'List your resources and the published ones of others' })
  @PageOf(ResourceResponse)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery) {
    const list = `resources:${actor.principal!.id}`;
    const found = await this.resources.list(actor, query, this.cursors.after(list, query));
    return this.cursors.page(list, query, found, ({ id }) => id, ResourceResponse.of);
  }

  @Post()
  @Scopes('resources:write')
  @ApiOperation({ summary: 'Register a resource' })
  @ApiCreatedResponse({ type: ResourceResponse })
  async create(@Body() body: CreateResource, @CurrentActor() actor: Actor): Promise<ResourceResponse> {
    return ResourceResponse.of(await this.resources.create(body, actor));
  }

  @Get(':id')
  @Scopes('resources:read')
  @ApiOperation({ summary: 'Read a resource' })
  @ApiOkResponse({ type: ResourceResponse })
  async get(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<ResourceResponse> {
    return ResourceResponse.of(await this.resources.get(id, actor));
  }

  @Patch(':id')
  @Scopes('resources:write')
  @ApiOperation({ summary: 'Change a resource' })
  @ApiOkResponse({ type: ResourceResponse })
  async change(
    @Param('id') id: string,
    @Body() body: ChangeResource,
    @CurrentActor() actor: Actor,
  ): Promise<ResourceResponse> {
    return ResourceResponse.of(await this.resources.change(id, body, actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @Scopes('resources:write')
  @ApiOperation({ summary: 'Delete a resource' })
  async remove(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.resources.remove(id, actor);
  }
}
