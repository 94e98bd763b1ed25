import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CurrentActor, Limited, OptionalScopes, Scopes } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { Cursors } from '../../platform/http/pagination.js';
import { ApplicationsService } from '../applications/applications.service.js';
import { SubscriptionDecisions } from './decisions.service.js';
import type { Subscription } from './subscription.entity.js';
import {
  Approve,
  ChangeSubscription,
  Decide,
  GiveSubscription,
  Subscribe,
  SubscriptionResponse,
  SubscriptionsQuery,
} from './subscriptions.dto.js';
import { SubscriptionsService } from './subscriptions.service.js';

@ApiTags('Subscriptions')
@Controller('v1')
@Scopes('subscriptions:decide')
@OptionalScopes('resources:admin')
export class SubscriptionsController {
  constructor(
    private readonly subscriptions: SubscriptionsService,
    private readonly decisions: SubscriptionDecisions,
    private readonly applications: ApplicationsService,
    private readonly cursors: Cursors,
  ) {}

  @Get('applications/:application/subscriptions')
  @Scopes('account:read')
  @ApiOperation({ summary: 'List the subscriptions of an application' })
  @PageOf(SubscriptionResponse)
  async list(
    @Param('application') id: string,
    @CurrentActor() actor: Actor,
    @Query() query: SubscriptionsQuery,
  ) {
    const list = `subscriptions:${id}:${query.status ?? ''}`;
    const after = this.cursors.after(list, query);
    return this.page(list, query, await this.subscriptions.ofApplication(id, actor, query, after));
  }

  @Post('applications/:application/subscriptions')
  @Scopes('account:write')
  @Limited('account_change')
  @ApiOperation({
    summary: 'Subscribe to an API: active at once, or requested where its plan asks for approval',
  })
  @ApiCreatedResponse({ type: SubscriptionResponse })
  async subscribe(
    @Param('application') id: string,
    @Body() body: Subscribe,
    @CurrentActor() actor: Actor,
  ): Promise<SubscriptionResponse> {
    return this.show(await this.subscriptions.subscribe(id, body, actor));
  }

  @Get('resources/:resource/subscriptions')
  @ApiOperation({ summary: 'List the subscriptions to your API' })
  @PageOf(SubscriptionResponse)
  async ofResource(
    @Param('resource') id: string,
    @CurrentActor() actor: Actor,
    @Query() query: SubscriptionsQuery,
  ) {
    const list = `subscriptions-to:${id}:${query.status ?? ''}`;
    const after = this.cursors.after(list, query);
    return this.page(list, query, await this.subscriptions.ofResource(id, actor, query, after));
  }

  @Post('resources/:resource/subscriptions')
  @ApiOperation({ summary: 'Subscribe an application to your API, at once and to any plan' })
  @ApiCreatedResponse({ type: SubscriptionResponse })
  async give(
    @Param('resource') id: string,
    @Body() body: GiveSubscription,
    @CurrentActor() actor: Actor,
  ): Promise<SubscriptionResponse> {
    return this.show(await this.subscriptions.give(id, body, actor));
  }

  @Get('subscriptions/:subscription')
  @Scopes('account:read')
  @OptionalScopes('subscriptions:decide', 'resources:admin')
  @ApiOperation({ summary: 'Read a subscription of your application or to your API' })
  @ApiOkResponse({ type: SubscriptionResponse })
  async get(@Param('subscription') id: string, @CurrentActor() actor: Actor): Promise<SubscriptionResponse> {
    return this.show(await this.decisions.get(id, actor));
  }

  @Patch('subscriptions/:subscription')
  @Scopes('account:write')
  @OptionalScopes('subscriptions:decide', 'resources:admin')
  @ApiOperation({ summary: 'Change to another plan; the keys stay' })
  @ApiOkResponse({ type: SubscriptionResponse })
  async change(
    @Param('subscription') id: string,
    @Body() { planId }: ChangeSubscription,
    @CurrentActor() actor: Actor,
  ): Promise<SubscriptionResponse> {
    return this.show(await this.decisions.changePlan(id, planId, actor));
  }

  @Post('subscriptions/:subscription/approve')
  @HttpCode(200)
  @ApiOperation({ summary: 'Approve what was requested: a subscription, or another plan for it' })
  @ApiOkResponse({ type: SubscriptionResponse })
  async approve(
    @Param('subscription') id: string,
    @Body() body: Approve,
    @CurrentActor() actor: Actor,
  ): Promise<SubscriptionResponse> {
    return this.show(await this.decisions.approve(id, body, actor));
  }

  @Post('subscriptions/:subscription/reject')
  @HttpCode(200)
  @ApiOperation({ summary: 'Refuse what was requested' })
  @ApiOkResponse({ type: SubscriptionResponse })
  async reject(
    @Param('subscription') id: string,
    @Body() { reason }: Decide,
    @CurrentActor() actor: Actor,
  ): Promise<SubscriptionResponse> {
    return this.show(await this.decisions.reject(id, reason, actor));
  }

  @Post('subscriptions/:subscription/suspend')
  @HttpCode(200)
  @ApiOperation({ summary: 'Suspend a subscription: its keys are refused until it is resumed' })
  @ApiOkResponse({ type: SubscriptionResponse })
  async suspend(
    @Param('subscription') id: string,
    @Body() { reason }: Decide,
    @CurrentActor() actor: Actor,
  ): Promise<SubscriptionResponse> {
    return this.show(await this.decisions.suspend(id, reason, actor));
  }

  @Post('subscriptions/:subscription/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Resume a suspended subscription' })
  @ApiOkResponse({ type: SubscriptionResponse })
  async resume(
    @Param('subscription') id: string,
    @Body() { reason }: Decide,
    @CurrentActor() actor: Actor,
  ): Promise<SubscriptionResponse> {
    return this.show(await this.decisions.resume(id, reason, actor));
  }

  @Post('subscriptions/:subscription/end')
  @HttpCode(200)
  @Scopes('account:write')
  @OptionalScopes('subscriptions:decide', 'resources:admin')
  @ApiOperation({ summary: 'End a subscription with its keys, for good' })
  @ApiOkResponse({ type: SubscriptionResponse })
  async end(
    @Param('subscription') id: string,
    @Body() { reason }: Decide,
    @CurrentActor() actor: Actor,
  ): Promise<SubscriptionResponse> {
    return this.show(await this.decisions.end(id, reason, actor));
  }

  private async page(list: string, query: SubscriptionsQuery, found: Subscription[]) {
    const names = await this.applications.namesOf(found.map(({ applicationId }) => applicationId));
    const show = (each: Subscription) => SubscriptionResponse.of(each, names.get(each.applicationId) ?? '');
    return this.cursors.page(list, query, found, ({ id }) => id, show);
  }

  private async show(subscription: Subscription): Promise<SubscriptionResponse> {
    const { applicationId } = subscription;
    const names = await this.applications.namesOf([applicationId]);
    return SubscriptionResponse.of(subscription, names.get(applicationId) ?? '');
  }
}
