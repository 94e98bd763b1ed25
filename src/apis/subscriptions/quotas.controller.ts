import { Controller, Get, Param } from '@nestjs/common';
import { CurrentActor, OptionalScopes, Scopes } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { PlansService } from '../plans/plans.service.js';
import { SubscriptionDecisions } from './decisions.service.js';
import { QuotaResponse } from './quotas.dto.js';
import { Quotas } from './quotas.service.js';

@ApiTags('Subscriptions')
@Controller('v1/subscriptions/:subscription/quota')
@Scopes('account:read')
@OptionalScopes('subscriptions:decide', 'resources:admin')
export class QuotasController {
  constructor(
    private readonly decisions: SubscriptionDecisions,
    private readonly plans: PlansService,
    private readonly quotas: Quotas,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Say how much of its quota a subscription has left' })
  @ApiOkResponse({ type: QuotaResponse })
  async get(@Param('subscription') id: string, @CurrentActor() actor: Actor): Promise<QuotaResponse> {
    const { applicationId, resourceId, planId } = await this.decisions.get(id, actor);
    const quota = (await this.plans.find(planId))?.quota ?? [];
    const { standings } = await this.quotas.take({ applicationId, resourceId, quota }, false);
    return QuotaResponse.of(quota, standings);
  }
}
