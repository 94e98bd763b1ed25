import { Controller, Get, Query } from '@nestjs/common';
import { Scopes } from '../../platform/access/access.decorators.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { ValidationFailed } from '../../platform/http/http.errors.js';
import type { Step } from './activity-count.entity.js';
import { OverviewQuery, OverviewResponse } from './overview.dto.js';
import { OverviewService } from './overview.service.js';
import { beginOf, STEP_MS } from './steps.js';

const MOST_STEPS = 400;
/** How many steps there are when it is not said, besides the one that runs. */
const USUAL_STEPS: Record<Step, number> = { hour: 24, day: 30 };

@ApiTags('Administration')
@Controller('v1/overview')
export class OverviewController {
  constructor(private readonly overview: OverviewService) {}

  @Get()
  @Scopes('overview:read')
  @ApiOperation({ summary: 'What happened by the hour or by the day, on all nodes' })
  @ApiOkResponse({ type: OverviewResponse })
  async read(@Query() { from, to, step }: OverviewQuery): Promise<OverviewResponse> {
    const last = beginOf(step, to === undefined ? Date.now() : Date.parse(to));
    const first =
      from === undefined ? last - USUAL_STEPS[step] * STEP_MS[step] : beginOf(step, Date.parse(from));
    refuseWrong((last - first) / STEP_MS[step] + 1);
    const [items, now] = await Promise.all([this.overview.steps(step, first, last), this.overview.now()]);
    return { from: new Date(first), to: new Date(last + STEP_MS[step]), step, now, items };
  }
}

function refuseWrong(steps: number): void {
  const message =
    steps < 1
      ? 'from must not be after to'
      : steps > MOST_STEPS
        ? `from must be at most ${MOST_STEPS} steps before to`
        : undefined;
  if (message !== undefined) throw new ValidationFailed([{ field: 'from', message }]);
}
