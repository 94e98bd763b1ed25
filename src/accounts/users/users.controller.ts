import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import { CurrentActor, Scopes, SessionOnly, StepUp } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';
import { EmailVerificationService } from './email-verification.service.js';
import { AssignRoles, ChangeUser, CreateUser, UserResponse } from './users.dto.js';
import { UsersService } from './users.service.js';
import { AccountChangesService } from './account-changes.service.js';
import { NewAccountsService } from './new-accounts.service.js';

@ApiTags('Users')
@Controller('v1/users')
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly accounts: NewAccountsService,
    private readonly changes: AccountChangesService,
    private readonly sessions: SessionsService,
    private readonly verification: EmailVerificationService,
  ) {}

  @Post()
  @Scopes('users:write')
  @ApiOperation({ summary: 'Make an account for somebody' })
  @ApiCreatedResponse({ type: UserResponse })
  async create(@Body() body: CreateUser, @CurrentActor() actor: Actor): Promise<UserResponse> {
    const made = await this.accounts.create(body, actor);
    await this.verification.send(made.user, actor);
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
    if (status !== undefined) await this.changes.setStatus(id, status, actor);
    if (name !== undefined) await this.changes.rename(id, name, actor);
    return UserResponse.of(await this.users.get(id));
  }

  @Delete(':id')
  @HttpCode(204)
  @Scopes('users:write')
  @ApiOperation({ summary: 'Delete a user' })
  async remove(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.changes.remove(id, actor);
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
    return UserResponse.of(await this.changes.assignRoles(id, roles, actor));
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
