import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  CurrentActor,
  Limited,
  OptionalScopes,
  Scopes,
  SessionOnly,
} from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { RotateKey } from '../../platform/http/key-fields.js';
import { Cursors, PageQuery } from '../../platform/http/pagination.js';
import type { MadeApiKey } from '../../accounts/api-keys/api-key-records.service.js';
import { SubscriberKeys } from './subscriber-keys.service.js';
import {
  CreateSubscriptionKey,
  MadeSubscriptionKeyResponse,
  SubscriptionKeyResponse,
} from './subscription-keys.dto.js';

@ApiTags('Subscriptions')
@Controller('v1/subscriptions/:subscription/keys')
@Scopes('account:write')
@OptionalScopes('subscriptions:decide', 'resources:admin')
@SessionOnly()
export class SubscriptionKeysController {
  constructor(
    private readonly keys: SubscriberKeys,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('account:read')
  @ApiOperation({ summary: 'List the keys of a subscription' })
  @PageOf(SubscriptionKeyResponse)
  async list(@Param('subscription') id: string, @CurrentActor() actor: Actor, @Query() query: PageQuery) {
    const list = `subscription-keys:${id}`;
    const found = await this.keys.list(id, actor, query, this.cursors.after(list, query));
    return this.cursors.page(list, query, found, (key) => key.id, SubscriptionKeyResponse.of);
  }

  @Post()
  @Limited('account_change')
  @ApiOperation({ summary: 'Make a key of a subscription; it is shown this once' })
  @ApiCreatedResponse({ type: MadeSubscriptionKeyResponse })
  async create(
    @Param('subscription') id: string,
    @Body() body: CreateSubscriptionKey,
    @CurrentActor() actor: Actor,
  ): Promise<MadeSubscriptionKeyResponse> {
    return shown(await this.keys.make(id, body, actor));
  }

  @Post(':key/rotate')
  @Limited('account_change')
  @ApiOperation({ summary: 'Make its successor; both work for the overlap' })
  @ApiCreatedResponse({ type: MadeSubscriptionKeyResponse })
  async rotate(
    @Param('subscription') id: string,
    @Param('key') keyId: string,
    @Body() { overlap }: RotateKey,
    @CurrentActor() actor: Actor,
  ): Promise<MadeSubscriptionKeyResponse> {
    return shown(await this.keys.rotate(id, keyId, overlap, actor));
  }

  @Delete(':key')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a key of a subscription' })
  async revoke(
    @Param('subscription') id: string,
    @Param('key') keyId: string,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.keys.revoke(id, keyId, actor);
  }
}

/** The only answers that hold a key. */
function shown({ apiKey, key }: MadeApiKey): MadeSubscriptionKeyResponse {
  return { ...SubscriptionKeyResponse.of(apiKey), key };
}
