import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CurrentActor, OptionalScopes, Scopes } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { Cursors, PageQuery } from '../../platform/http/pagination.js';
import { ChangePlan, CreatePlan, PlanResponse } from './plans.dto.js';
import { PlansService } from './plans.service.js';

@ApiTags('Subscriptions')
@Controller('v1/resources/:resource/plans')
@Scopes('gateway:write')
@OptionalScopes('resources:admin')
export class PlansController {
  constructor(
    private readonly plans: PlansService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('resources:read')
  @ApiOperation({ summary: 'List the plans of an API that you can choose; of your own API, all' })
  @PageOf(PlanResponse)
  async list(@Param('resource') resource: string, @CurrentActor() actor: Actor, @Query() query: PageQuery) {
    const list = `plans:${resource}`;
    const found = await this.plans.list(resource, actor, query, this.cursors.after(list, query));
    return this.cursors.page(list, query, found, ({ id }) => id, PlanResponse.of);
  }

  @Post()
  @ApiOperation({ summary: 'Add a plan to an API' })
  @ApiCreatedResponse({ type: PlanResponse })
  async create(
    @Param('resource') resource: string,
    @Body() body: CreatePlan,
    @CurrentActor() actor: Actor,
  ): Promise<PlanResponse> {
    return PlanResponse.of(await this.plans.create(resource, body, actor));
  }

  @Get(':plan')
  @Scopes('resources:read')
  @ApiOperation({ summary: 'Read a plan' })
  @ApiOkResponse({ type: PlanResponse })
  async get(
    @Param('resource') resource: string,
    @Param('plan') plan: string,
    @CurrentActor() actor: Actor,
  ): Promise<PlanResponse> {
    return PlanResponse.of(await this.plans.get(resource, plan, actor));
  }

  @Patch(':plan')
  @ApiOperation({ summary: 'Change a plan; its subscriptions have it within a second' })
  @ApiOkResponse({ type: PlanResponse })
  async change(
    @Param('resource') resource: string,
    @Param('plan') plan: string,
    @Body() body: ChangePlan,
    @CurrentActor() actor: Actor,
  ): Promise<PlanResponse> {
    return PlanResponse.of(await this.plans.change(resource, plan, body, actor));
  }

  @Delete(':plan')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a plan that was never subscribed to' })
  async remove(
    @Param('resource') resource: string,
    @Param('plan') plan: string,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.plans.remove(resource, plan, actor);
  }
}
