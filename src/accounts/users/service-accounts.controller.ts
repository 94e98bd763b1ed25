import { Body, Controller, Post } from '@nestjs/common';
import { CurrentActor, Scopes, SessionOnly } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { CreateServiceAccount, UserResponse } from './users.dto.js';
import { ServiceAccountsService } from './service-accounts.service.js';

@ApiTags('Users')
@Controller('v1/service-accounts')
export class ServiceAccountsController {
  constructor(private readonly accounts: ServiceAccountsService) {}

  @Post()
  @Scopes('users:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Make an account for a service, which has API keys and no password' })
  @ApiCreatedResponse({ type: UserResponse })
  async create(@Body() { name }: CreateServiceAccount, @CurrentActor() actor: Actor): Promise<UserResponse> {
    return UserResponse.of(await this.accounts.create(name, actor));
  }
}
