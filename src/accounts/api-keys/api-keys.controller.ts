import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  CurrentActor,
  CurrentPrincipal,
  Limited,
  Scopes,
  SessionOnly,
  StepUp,
} from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { RotateKey } from '../../platform/http/key-fields.js';
import { Cursors, PageQuery } from '../../platform/http/pagination.js';
import { NoticesService, type Notice } from '../../platform/mail/notices.service.js';
import { UsersService } from '../users/users.service.js';
import { ApiKeyResponse, ChangeApiKey, CreateApiKey, MadeApiKeyResponse } from './api-keys.dto.js';
import type { MadeApiKey } from './api-key-records.service.js';
import { ApiKeysService } from './api-keys.service.js';

@ApiTags('API keys')
@Controller('v1/api-keys')
@SessionOnly()
export class ApiKeysController {
  constructor(
    private readonly apiKeys: ApiKeysService,
    private readonly users: UsersService,
    private readonly notices: NoticesService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('account:read')
  @ApiOperation({ summary: 'List your API keys' })
  @PageOf(ApiKeyResponse)
  async list(@CurrentPrincipal() { id: ownerId }: Principal, @Query() query: PageQuery) {
    const list = `api-keys:${ownerId}`;
    const found = await this.apiKeys.list(ownerId, query, this.cursors.after(list, query));
    return this.cursors.page(list, query, found, ({ id }) => id, ApiKeyResponse.of);
  }

  @Post()
  @Scopes('account:write')
  @Limited('account_change')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Make an API key; it is shown this once' })
  @ApiCreatedResponse({ type: MadeApiKeyResponse })
  async create(
    @CurrentPrincipal() { id: ownerId }: Principal,
    @Body() body: CreateApiKey,
    @CurrentActor() actor: Actor,
  ): Promise<MadeApiKeyResponse> {
    const made = await this.apiKeys.make(ownerId, body, actor);
    await this.tell('api_key_made', ownerId, actor);
    return shown(made);
  }

  @Get(':id')
  @Scopes('account:read')
  @ApiOperation({ summary: 'Read what is kept of an API key' })
  @ApiOkResponse({ type: ApiKeyResponse })
  async get(
    @Param('id') id: string,
    @CurrentPrincipal() { id: ownerId }: Principal,
  ): Promise<ApiKeyResponse> {
    return ApiKeyResponse.of(await this.apiKeys.get(id, ownerId));
  }

  @Patch(':id')
  @Scopes('account:write')
  @Limited('account_change')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Rename an API key, change its limit and where it may be used' })
  @ApiOkResponse({ type: ApiKeyResponse })
  async change(
    @Param('id') id: string,
    @CurrentPrincipal() { id: ownerId }: Principal,
    @Body() body: ChangeApiKey,
    @CurrentActor() actor: Actor,
  ): Promise<ApiKeyResponse> {
    return ApiKeyResponse.of(await this.apiKeys.change(id, ownerId, body, actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @Scopes('account:write')
  @ApiOperation({ summary: 'Revoke an API key' })
  async revoke(
    @Param('id') id: string,
    @CurrentPrincipal() { id: ownerId }: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.apiKeys.revoke(id, ownerId, actor);
    await this.tell('api_key_revoked', ownerId, actor);
  }

  @Post(':id/rotate')
  @Scopes('account:write')
  @Limited('account_change')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Make its successor; both work for the overlap' })
  @ApiCreatedResponse({ type: MadeApiKeyResponse })
  async rotate(
    @Param('id') id: string,
    @CurrentPrincipal() { id: ownerId }: Principal,
    @Body() { overlap }: RotateKey,
    @CurrentActor() actor: Actor,
  ): Promise<MadeApiKeyResponse> {
    const made = await this.apiKeys.rotate(id, ownerId, overlap, actor);
    await this.tell('api_key_made', ownerId, actor);
    return shown(made);
  }

  private async tell(notice: Notice, ownerId: string, actor: Actor): Promise<void> {
    const { user } = await this.users.get(ownerId);
    await this.notices.tell(notice, user, actor);
  }
}

/** The only answers that hold a key. */
export function shown({ apiKey, key }: MadeApiKey): MadeApiKeyResponse {
  return { ...ApiKeyResponse.of(apiKey), key };
}
