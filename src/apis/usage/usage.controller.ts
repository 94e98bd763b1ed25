import { Controller, Get, Query } from '@nestjs/common';
import { CurrentActor, OptionalScopes, Scopes } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { ValidationFailed } from '../../platform/http/http.errors.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { Cursors } from '../../platform/http/pagination.js';
import { LoggedRequest, RequestsQuery } from './request-log.dto.js';
import { RequestLog } from './request-log.service.js';
import { TopQuery, UsageTopList } from './usage-top.dto.js';
import { UsageTop } from './usage-top.service.js';
import { UsageLatency, UsageQuery, UsageSeries, type UsageRangeQuery } from './usage.dto.js';
import { UsageService, type ChartRange } from './usage.service.js';
import { beginOfStep, USAGE_STEP_MS, type UsageStep } from './usage-steps.js';

/** Two days of minutes, with room. */
const MOST_STEPS = 3_000;
/** Eight days of hours: all of their rows are read for a list. */
const MOST_TOP_STEPS = 200;
/** How many steps there are when it is not said, besides the one that runs. */
const USUAL_STEPS: Record<UsageStep, number> = { minute: 60, hour: 24, day: 30 };

@ApiTags('Gateway')
@Controller('v1/usage')
@Scopes('usage:read')
@OptionalScopes('resources:admin')
export class UsageController {
  constructor(
    private readonly usage: UsageService,
    private readonly usageTop: UsageTop,
    private readonly requestLog: RequestLog,
    private readonly cursors: Cursors,
  ) {}

  @Get('series')
  @ApiOperation({ summary: 'What was relayed of an API by the minute, the hour or the day, on all nodes' })
  @ApiOkResponse({ type: UsageSeries })
  async series(@Query() query: UsageQuery, @CurrentActor() actor: Actor): Promise<UsageSeries> {
    const range = rangeOf(query);
    const items = await this.usage.series(query, range, actor);
    const { step } = range;
    return { bucket: step, ...timeOf(range), items };
  }

  @Get('top')
  @ApiOperation({ summary: 'Who called an API most, or which of its routes or versions were called most' })
  @ApiOkResponse({ type: UsageTopList })
  async top(@Query() query: TopQuery, @CurrentActor() actor: Actor): Promise<UsageTopList> {
    const range = rangeOf(query, MOST_TOP_STEPS);
    return { ...timeOf(range), items: await this.usageTop.of(query, range, actor) };
  }

  @Get('latency')
  @ApiOperation({ summary: 'How long the requests of an API took, all of a time together' })
  @ApiOkResponse({ type: UsageLatency })
  async latency(@Query() query: UsageQuery, @CurrentActor() actor: Actor): Promise<UsageLatency> {
    const range = rangeOf(query);
    return { ...timeOf(range), ...(await this.usage.latency(query, range, actor)) };
  }

  @Get('requests')
  @ApiOperation({
    summary:
      'List single requests of an API: those answered with 5xx, slow ones, and one of a hundred others',
  })
  @PageOf(LoggedRequest)
  async requests(@Query() query: RequestsQuery, @CurrentActor() actor: Actor) {
    const list = `usage-requests:${query.resource}`;
    const found = await this.requestLog.list(query, actor, this.cursors.after(list, query));
    return this.cursors.page(list, query, found, ({ id }) => id, LoggedRequest.of);
  }
}

function timeOf({ step, from, to }: ChartRange): { from: Date; to: Date } {
  return { from: new Date(from), to: new Date(to + USAGE_STEP_MS[step]) };
}

type Asked = UsageRangeQuery & Pick<UsageQuery, 'bucket' | 'route' | 'subscription'>;

function rangeOf({ bucket: step, from, to, route, subscription }: Asked, most = MOST_STEPS): ChartRange {
  const last = beginOfStep(step, to === undefined ? Date.now() : Date.parse(to));
  const first =
    from === undefined ? last - USUAL_STEPS[step] * USAGE_STEP_MS[step] : beginOfStep(step, Date.parse(from));
  const steps = (last - first) / USAGE_STEP_MS[step] + 1;
  if (steps < 1) refuse('from', 'from must not be after to');
  if (steps > most) refuse('from', `from must be at most ${most} steps before to`);
  if (route !== undefined && subscription !== undefined)
    refuse('subscription', 'usage is kept by route and by subscription, and not by both; leave one out');
  return { step, from: first, to: last };
}

function refuse(field: string, message: string): never {
  throw new ValidationFailed([{ field, message }]);
}
