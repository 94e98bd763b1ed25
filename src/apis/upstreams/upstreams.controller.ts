import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CurrentActor, Scopes } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { Cursors, PageQuery } from '../../platform/http/pagination.js';
import { TargetChecks } from './target-checks.service.js';
import { ChangeUpstream, CreateUpstream, TargetCheck, UpstreamResponse } from './upstreams.dto.js';
import { UpstreamsService } from './upstreams.service.js';

@ApiTags('Gateway')
@Controller('v1/upstreams')
@Scopes('gateway:write')
export class UpstreamsController {
  constructor(
    private readonly upstreams: UpstreamsService,
    private readonly checks: TargetChecks,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('gateway:read')
  @ApiOperation({ summary: 'List the services behind the gateway' })
  @PageOf(UpstreamResponse)
  async list(@Query() query: PageQuery) {
    const found = await this.upstreams.list(query, this.cursors.after('upstreams', query));
    return this.cursors.page('upstreams', query, found, ({ id }) => id, UpstreamResponse.of);
  }

  @Post()
  @ApiOperation({ summary: 'Register a service behind the gateway' })
  @ApiCreatedResponse({ type: UpstreamResponse })
  async create(@Body() body: CreateUpstream, @CurrentActor() actor: Actor): Promise<UpstreamResponse> {
    return UpstreamResponse.of(await this.upstreams.create(body, actor));
  }

  @Get(':id')
  @Scopes('gateway:read')
  @ApiOperation({ summary: 'Read a service behind the gateway' })
  @ApiOkResponse({ type: UpstreamResponse })
  async get(@Param('id') id: string): Promise<UpstreamResponse> {
    return UpstreamResponse.of(await this.upstreams.get(id));
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change a service behind the gateway; the next revision knows' })
  @ApiOkResponse({ type: UpstreamResponse })
  async change(
    @Param('id') id: string,
    @Body() body: ChangeUpstream,
    @CurrentActor() actor: Actor,
  ): Promise<UpstreamResponse> {
    return UpstreamResponse.of(await this.upstreams.change(id, body, actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a service that no version points to' })
  async remove(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.upstreams.remove(id, actor);
  }

  @Post(':id/check')
  @HttpCode(200)
  @ApiOperation({ summary: 'Connect to each target once, and say what came of it' })
  @ApiOkResponse({ type: [TargetCheck] })
  async check(@Param('id') id: string): Promise<TargetCheck[]> {
    return this.checks.of(await this.upstreams.get(id));
  }
}
