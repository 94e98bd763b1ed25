import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Scopes, SessionOnly, StepUp } from '../access/access.decorators.js';
import type { Actor } from '../access/actor.js';
import { PageOf } from '../http/api-docs.js';
import { Cursors } from '../http/pagination.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { EmailVerificationService } from './email-verification.service.js';
import { AssignRoles, ChangeUser, CreateUser, UserResponse, UsersQuery } from './users.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('Users')
@Controller('v1/users')
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly verification: EmailVerificationService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('users:read')
  @ApiOperation({ summary: 'List the users' })
  @PageOf(UserResponse)
  async list(@Query() query: UsersQuery) {
    const list = `users:${query.kind ?? ''}`;
    const found = await this.users.list(query, this.cursors.after(list, query));
    return this.cursors.page(list, query, found, ({ user }) => user.id, UserResponse.of);
  }

  @Post()
  @Scopes('users:write')
  @ApiOperation({ summary: 'Make an account for somebody' })
  @ApiCreatedResponse({ type: UserResponse })
  async create(@Body() body: CreateUser, @CurrentActor() actor: Actor): Promise<UserResponse> {
    const made = await this.users.create(body, actor);
    this.verification.send(made.user);
    return UserResponse.of(made);
  }

  @Get(':id')
  @Scopes('users:read')
  @ApiOperation({ summary: 'Read a user' })
  @ApiOkResponse({ type: UserResponse })
  async get(@Param('id') id: string): Promise<UserResponse> {
    return UserResponse.of(await this.users.get(id));
  }

  @Patch(':id')
  @Scopes('users:write')
  @ApiOperation({ summary: 'Rename, disable or enable a user' })
  @ApiOkResponse({ type: UserResponse })
  async change(
    @Param('id') id: string,
    @Body() { name, status }: ChangeUser,
    @CurrentActor() actor: Actor,
  ): Promise<UserResponse> {
    // The status first: it is the one that can be refused.
    if (status !== undefined) await this.users.setStatus(id, status, actor);
    if (name !== undefined) await this.users.rename(id, name, actor);
    return UserResponse.of(await this.users.get(id));
  }

  @Delete(':id')
  @HttpCode(204)
  @Scopes('users:write')
  @ApiOperation({ summary: 'Delete a user' })
  async remove(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.users.remove(id, actor);
  }

  @Put(':id/roles')
  @Scopes('roles:assign')
  @SessionOnly()
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Give a user exactly these roles' })
  @ApiOkResponse({ type: UserResponse })
  async assignRoles(
    @Param('id') id: string,
    @Body() { roles }: AssignRoles,
    @CurrentActor() actor: Actor,
  ): Promise<UserResponse> {
    return UserResponse.of(await this.users.assignRoles(id, roles, actor));
  }

  @Delete(':id/sessions')
  @HttpCode(204)
  @Scopes('users:write')
  @ApiOperation({ summary: 'Sign a user out everywhere' })
  async endSessions(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.users.get(id);
    await this.sessions.endAllOf(id, actor);
  }
}
