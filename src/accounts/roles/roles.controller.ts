import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CurrentActor, Scopes, SessionOnly, StepUp } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { RouteRegistry } from '../../platform/access/route-registry.js';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { Cursors, PageQuery } from '../../platform/http/pagination.js';
import type { Role } from './role.entity.js';
import { ChangeRole, CreateRole, RoleHoldersResponse, RoleResponse, ScopeResponse } from './roles.dto.js';
import { RolesService } from './roles.service.js';

/** A person reads no further, and more would be slow to count. */
const MOST_HOLDERS = 1_000;

@ApiTags('Roles')
@Controller('v1')
export class RolesController {
  constructor(
    private readonly roles: RolesService,
    private readonly registry: RouteRegistry,
    private readonly cursors: Cursors,
  ) {}

  @Get('roles')
  @Scopes('roles:read')
  @ApiOperation({ summary: 'List the roles' })
  @PageOf(RoleResponse)
  async list(@Query() query: PageQuery) {
    const found = await this.roles.list(query, this.cursors.after('roles', query));
    return this.cursors.page('roles', query, found, (role) => role.name, this.show);
  }

  @Post('roles')
  @Scopes('roles:write')
  @SessionOnly()
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Make a role' })
  @ApiCreatedResponse({ type: RoleResponse })
  async create(@Body() body: CreateRole, @CurrentActor() actor: Actor): Promise<RoleResponse> {
    return this.show(await this.roles.create(body, actor));
  }

  @Get('roles/:name')
  @Scopes('roles:read')
  @ApiOperation({ summary: 'Read a role' })
  @ApiOkResponse({ type: RoleResponse })
  async get(@Param('name') name: string): Promise<RoleResponse> {
    return this.show(await this.roles.get(name));
  }

  @Get('roles/:name/holders')
  @Scopes('roles:read', 'users:read')
  @ApiOperation({ summary: 'How many accounts a change of a role affects' })
  @ApiOkResponse({ type: RoleHoldersResponse })
  holders(@Param('name') name: string): Promise<RoleHoldersResponse> {
    return this.roles.holdersOf(name, MOST_HOLDERS);
  }

  @Patch('roles/:name')
  @Scopes('roles:write')
  @SessionOnly()
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Change a role; its holders need new access tokens then' })
  @ApiOkResponse({ type: RoleResponse })
  async change(
    @Param('name') name: string,
    @Body() body: ChangeRole,
    @CurrentActor() actor: Actor,
  ): Promise<RoleResponse> {
    return this.show(await this.roles.change(name, body, actor));
  }

  @Delete('roles/:name')
  @HttpCode(204)
  @Scopes('roles:write')
  @SessionOnly()
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Delete a role that nobody holds' })
  async remove(@Param('name') name: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.roles.remove(name, actor);
  }

  @Get('scopes')
  @Scopes('roles:read')
  @ApiOperation({ summary: 'List the scopes, with the routes that need them' })
  @PageOf(ScopeResponse)
  scopes(@Query() query: PageQuery) {
    const after = this.cursors.after('scopes', query);
    const found = [...this.registry.scopes].filter(([name]) => name > after).slice(0, query.limit + 1);
    return this.cursors.page(
      'scopes',
      query,
      found,
      ([name]) => name,
      ([name, routes]) => ({
        name,
        routes: routes.map(({ method, path }) => ({ method, path })),
      }),
    );
  }

  private readonly show = (role: Role) => RoleResponse.of(role, this.roles.scopesOf(role.scopes));
}
