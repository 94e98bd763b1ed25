import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, CurrentPrincipal, Scopes } from '../access/access.decorators.js';
import type { Actor } from '../access/actor.js';
import type { Principal } from '../access/principal.js';
import { ChangeMe, UserResponse } from './users.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('Own account')
@Controller('v1/me')
export class MeController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @Scopes('account:read')
  @ApiOperation({ summary: 'Read your account' })
  @ApiOkResponse({ type: UserResponse })
  async get(@CurrentPrincipal() { id }: Principal): Promise<UserResponse> {
    return UserResponse.of(await this.users.get(id));
  }

  @Patch()
  @Scopes('account:write')
  @ApiOperation({ summary: 'Change your account' })
  @ApiOkResponse({ type: UserResponse })
  async change(
    @CurrentPrincipal() { id }: Principal,
    @Body() { name }: ChangeMe,
    @CurrentActor() actor: Actor,
  ): Promise<UserResponse> {
    return UserResponse.of(
      name === undefined ? await this.users.get(id) : await this.users.rename(id, name, actor),
    );
  }
}
