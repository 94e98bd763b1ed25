import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CurrentActor, Scopes, SessionOnly, StepUp } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { RotateKey } from '../../platform/http/key-fields.js';
import { Cursors, PageQuery } from '../../platform/http/pagination.js';
import { PrivilegeEscalation } from '../roles/roles.errors.js';
import { NoticesService } from '../../platform/mail/notices.service.js';
import { UsersService } from '../users/users.service.js';
import { shown } from './api-keys.controller.js';
import { ApiKeyResponse, CreateApiKey, MadeApiKeyResponse } from './api-keys.dto.js';
import { NotAService } from './api-keys.errors.js';
import { ApiKeysService } from './api-keys.service.js';

/** The keys of others: an admin reads and revokes them, and makes those of services, who cannot sign in. */
@ApiTags('API keys')
@Controller('v1/users/:id/api-keys')
@Scopes('api-keys:admin')
@SessionOnly()
export class UsersApiKeysController {
  constructor(
    private readonly apiKeys: ApiKeysService,
    private readonly users: UsersService,
    private readonly notices: NoticesService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the API keys of a user' })
  @PageOf(ApiKeyResponse)
  async list(@Param('id') ownerId: string, @Query() query: PageQuery) {
    await this.users.get(ownerId);
    const list = `api-keys:${ownerId}`;
    const found = await this.apiKeys.list(ownerId, query, this.cursors.after(list, query));
    return this.cursors.page(list, query, found, ({ id }) => id, ApiKeyResponse.of);
  }

  @Post()
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Make an API key for a service account; it is shown this once' })
  @ApiCreatedResponse({ type: MadeApiKeyResponse })
  async create(
    @Param('id') ownerId: string,
    @Body() body: CreateApiKey,
    @CurrentActor() actor: Actor,
  ): Promise<MadeApiKeyResponse> {
    const owned = await this.scopesOfService(ownerId);
    const beyond = body.scopes.filter((scope) => !owned.includes(scope));
    if (beyond.length > 0) throw new PrivilegeEscalation(beyond);
    return shown(await this.apiKeys.make(ownerId, body, actor));
  }

  @Post(':keyId/rotate')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Make the successor of a service’s API key; both work for the overlap' })
  @ApiCreatedResponse({ type: MadeApiKeyResponse })
  async rotate(
    @Param('id') ownerId: string,
    @Param('keyId') id: string,
    @Body() { overlap }: RotateKey,
    @CurrentActor() actor: Actor,
  ): Promise<MadeApiKeyResponse> {
    await this.scopesOfService(ownerId);
    return shown(await this.apiKeys.rotate(id, ownerId, overlap, actor));
  }

  @Delete(':keyId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke an API key of a user' })
  async revoke(
    @Param('id') ownerId: string,
    @Param('keyId') id: string,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    const { user } = await this.users.get(ownerId);
    await this.apiKeys.revoke(id, ownerId, actor);
    if (user.kind === 'person') await this.notices.tell('api_key_revoked', user, actor);
  }

  private async scopesOfService(id: string): Promise<string[]> {
    const { user, scopes } = await this.users.get(id);
    if (user.kind !== 'service') throw new NotAService();
    return scopes;
  }
}
