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
import { LifecycleService } from './lifecycle.service.js';
import { ChangeVersion, CreateVersion, DeprecateVersion, VersionResponse } from './versions.dto.js';
import { VersionsService } from './versions.service.js';

@ApiTags('Gateway')
@Controller('v1/resources/:resource/versions')
@Scopes('gateway:write')
@OptionalScopes('resources:admin')
export class VersionsController {
  constructor(
    private readonly versions: VersionsService,
    private readonly lifecycle: LifecycleService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('gateway:read')
  @ApiOperation({ summary: 'List the versions of an API' })
  @PageOf(VersionResponse)
  async list(@Param('resource') resource: string, @CurrentActor() actor: Actor, @Query() query: PageQuery) {
    const list = `versions:${resource}`;
    const found = await this.versions.list(resource, actor, query, this.cursors.after(list, query));
    return this.cursors.page(list, query, found, ({ id }) => id, VersionResponse.of);
  }

  @Post()
  @ApiOperation({ summary: 'Make a version of an API, as a draft' })
  @ApiCreatedResponse({ type: VersionResponse })
  async create(
    @Param('resource') resource: string,
    @Body() body: CreateVersion,
    @CurrentActor() actor: Actor,
  ): Promise<VersionResponse> {
    return VersionResponse.of(await this.versions.create(resource, body, actor));
  }

  @Get(':version')
  @Scopes('gateway:read')
  @ApiOperation({ summary: 'Read a version of an API' })
  @ApiOkResponse({ type: VersionResponse })
  async get(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @CurrentActor() actor: Actor,
  ): Promise<VersionResponse> {
    return VersionResponse.of(await this.versions.get(resource, version, actor));
  }

  @Patch(':version')
  @ApiOperation({ summary: 'Change a version of an API; the next revision knows' })
  @ApiOkResponse({ type: VersionResponse })
  async change(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @Body() body: ChangeVersion,
    @CurrentActor() actor: Actor,
  ): Promise<VersionResponse> {
    return VersionResponse.of(await this.versions.change(resource, version, body, actor));
  }

  @Delete(':version')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a version that is a draft, or retired' })
  async remove(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.versions.remove(resource, version, actor);
  }

  @Post(':version/publish')
  @HttpCode(200)
  @ApiOperation({ summary: 'Publish a version, and its API if that is a draft; the next revision has it' })
  @ApiOkResponse({ type: VersionResponse })
  async publish(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @CurrentActor() actor: Actor,
  ): Promise<VersionResponse> {
    return VersionResponse.of(await this.lifecycle.publish(resource, version, actor));
  }

  @Post(':version/deprecate')
  @HttpCode(200)
  @ApiOperation({ summary: 'Announce the end of a version, at once and on every node' })
  @ApiOkResponse({ type: VersionResponse })
  async deprecate(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @Body() body: DeprecateVersion,
    @CurrentActor() actor: Actor,
  ): Promise<VersionResponse> {
    return VersionResponse.of(await this.lifecycle.deprecate(resource, version, body, actor));
  }

  @Post(':version/retire')
  @HttpCode(200)
  @ApiOperation({ summary: 'End a version, at once and on every node; it answers 410' })
  @ApiOkResponse({ type: VersionResponse })
  async retire(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @CurrentActor() actor: Actor,
  ): Promise<VersionResponse> {
    return VersionResponse.of(await this.lifecycle.retire(resource, version, actor));
  }
}
