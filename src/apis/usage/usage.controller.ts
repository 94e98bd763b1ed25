import { Controller, Get, Query } from '@nestjs/common';
import { CurrentActor, OptionalScopes, Scopes } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { ValidationFailed } from '../../platform/http/http.errors.js';
import { UsageQuery, UsageSeries } from './usage.dto.js';
import { UsageService, type ChartRange } from './usage.service.js';
import { beginOfStep, USAGE_STEP_MS, type UsageStep } from './usage-steps.js';

/** Two days of minutes, with room. */
const MOST_STEPS = 3_000;
/** How many steps there are when it is not said, besides the one that runs. */
const USUAL_STEPS: Record<UsageStep, number> = { minute: 60, hour: 24, day: 30 };

@ApiTags('Gateway')
@Controller('v1/usage')
@Scopes('usage:read')
@OptionalScopes('resources:admin')
export class UsageController {
  constructor(private readonly usage: UsageService) {}

  @Get('series')
  @ApiOperation({ summary: 'What was relayed of an API by the minute, the hour or the day, on all nodes' })
  @ApiOkResponse({ type: UsageSeries })
  async series(@Query() query: UsageQuery, @CurrentActor() actor: Actor): Promise<UsageSeries> {
    const range = rangeOf(query);
    const items = await this.usage.series(query, range, actor);
    const { step, from, to } = range;
    return { bucket: step, from: new Date(from), to: new Date(to + USAGE_STEP_MS[step]), items };
  }
}

function rangeOf({ bucket: step, from, to, route, subscription }: UsageQuery): ChartRange {
  const last = beginOfStep(step, to === undefined ? Date.now() : Date.parse(to));
  const first =
    from === undefined ? last - USUAL_STEPS[step] * USAGE_STEP_MS[step] : beginOfStep(step, Date.parse(from));
  const steps = (last - first) / USAGE_STEP_MS[step] + 1;
  if (steps < 1) refuse('from', 'from must not be after to');
  if (steps > MOST_STEPS) refuse('from', `from must be at most ${MOST_STEPS} steps before to`);
  if (route !== undefined && subscription !== undefined)
    refuse('subscription', 'usage is kept by route and by subscription, and not by both; leave one out');
  return { step, from: first, to: last };
}

function refuse(field: string, message: string): never {
  throw new ValidationFailed([{ field, message }]);
}
