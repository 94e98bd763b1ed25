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
import { ChangeRoute, CreateRoute, RouteResponse } from './routes.dto.js';
import { RoutesService } from './routes.service.js';

@ApiTags('Gateway')
@Controller('v1/resources/:resource/versions/:version/routes')
@Scopes('gateway:write')
@OptionalScopes('resources:admin')
export class RoutesController {
  constructor(
    private readonly routes: RoutesService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('gateway:read')
  @ApiOperation({ summary: 'List the routes of a version' })
  @PageOf(RouteResponse)
  async list(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @CurrentActor() actor: Actor,
    @Query() query: PageQuery,
  ) {
    const list = `routes:${version}`;
    const after = this.cursors.after(list, query);
    const found = await this.routes.list(resource, version, actor, query, after);
    return this.cursors.page(list, query, found, ({ id }) => id, RouteResponse.of);
  }

  @Post()
  @ApiOperation({ summary: 'Add a route to a version; the next revision has it' })
  @ApiCreatedResponse({ type: RouteResponse })
  async create(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @Body() body: CreateRoute,
    @CurrentActor() actor: Actor,
  ): Promise<RouteResponse> {
    return RouteResponse.of(await this.routes.create(resource, version, body, actor));
  }

  @Get(':route')
  @Scopes('gateway:read')
  @ApiOperation({ summary: 'Read a route' })
  @ApiOkResponse({ type: RouteResponse })
  async get(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @Param('route') route: string,
    @CurrentActor() actor: Actor,
  ): Promise<RouteResponse> {
    return RouteResponse.of(await this.routes.get(resource, version, route, actor));
  }

  @Patch(':route')
  @ApiOperation({ summary: 'Change a route; the next revision knows' })
  @ApiOkResponse({ type: RouteResponse })
  async change(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @Param('route') route: string,
    @Body() body: ChangeRoute,
    @CurrentActor() actor: Actor,
  ): Promise<RouteResponse> {
    return RouteResponse.of(await this.routes.change(resource, version, route, body, actor));
  }

  @Delete(':route')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a route; the next revision is without it' })
  async remove(
    @Param('resource') resource: string,
    @Param('version') version: string,
    @Param('route') route: string,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.routes.remove(resource, version, route, actor);
  }
}
