import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Scopes, SessionOnly } from '../access/access.decorators.js';
import type { Actor } from '../access/actor.js';
import { CreateServiceAccount, UserResponse } from './users.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('Users')
@Controller('v1/service-accounts')
export class ServiceAccountsController {
  constructor(private readonly users: UsersService) {}

  @Post()
  @Scopes('users:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Make an account for a service, which has API keys and no password' })
  @ApiCreatedResponse({ type: UserResponse })
  async create(@Body() { name }: CreateServiceAccount, @CurrentActor() actor: Actor): Promise<UserResponse> {
    return UserResponse.of(await this.users.createService(name, actor));
  }
}
