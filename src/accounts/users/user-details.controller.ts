import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { CurrentActor, CurrentPrincipal, Scopes } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { Cursors, PageQuery } from '../../platform/http/pagination.js';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';
import { RolesService } from '../roles/roles.service.js';
import { UserScopesResponse, UserSessionResponse } from './user-details.dto.js';
import { UsersService } from './users.service.js';

/** What an administrator sees of one user. */
@ApiTags('Users')
@Controller('v1/users/:id')
export class UserDetailsController {
  constructor(
    private readonly users: UsersService,
    private readonly roles: RolesService,
    private readonly sessions: SessionsService,
    private readonly cursors: Cursors,
  ) {}

  @Get('scopes')
  @Scopes('users:read', 'roles:read')
  @ApiOperation({ summary: 'Which scopes a user has, and by which of their roles' })
  @ApiOkResponse({ type: UserScopesResponse })
  async scopes(@Param('id') id: string): Promise<UserScopesResponse> {
    const { roles: names } = await this.users.get(id);
    const roles = await this.roles.named(names);
    const granted = roles.map(({ name, scopes }) => ({ name, scopes: this.roles.scopesOf(scopes) }));
    const all = [...new Set(granted.flatMap(({ scopes }) => scopes))].toSorted();
    const by = (scope: string) =>
      granted.filter(({ scopes }) => scopes.includes(scope)).map(({ name }) => name);
    return { userId: id, roles: names, items: all.map((scope) => ({ scope, roles: by(scope) })) };
  }

  @Get('sessions')
  @Scopes('users:read')
  @ApiOperation({ summary: 'List where a user is signed in' })
  @PageOf(UserSessionResponse)
  async listSessions(
    @Param('id') id: string,
    @Query() query: PageQuery,
    @CurrentPrincipal() { sessionId }: Principal,
  ) {
    await this.users.get(id);
    const list = `sessions:${id}`;
    const found = await this.sessions.list(id, query, this.cursors.after(list, query));
    const show = (session: (typeof found)[number]) => UserSessionResponse.of(session, sessionId);
    return this.cursors.page(list, query, found, (session) => session.id, show);
  }

  @Delete('sessions/:sessionId')
  @HttpCode(204)
  @Scopes('users:write')
  @ApiOperation({ summary: 'Sign a user out on one device' })
  async endSession(
    @Param('id') id: string,
    @Param('sessionId') sessionId: string,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    if (!(await this.sessions.end(sessionId, id, actor))) throw new NotFound('They have no such session.');
  }
}
