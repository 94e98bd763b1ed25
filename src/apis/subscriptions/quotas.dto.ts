import { ApiProperty } from '../../platform/http/api-decorators.js';
import type { Standing } from '../../platform/limits/rate-limit-headers.js';
import { QUOTA_PERIODS, QUOTA_UNITS, type PlanQuota } from '../plans/plan.entity.js';

class QuotaStandingResponse {
  @ApiProperty({ enum: QUOTA_UNITS })
  unit: PlanQuota['unit'];

  @ApiProperty({ enum: QUOTA_PERIODS })
  per: PlanQuota['per'];

  @ApiProperty({ example: 1000 })
  amount: number;

  @ApiProperty({ example: 993 })
  remaining: number;

  @ApiProperty({ example: 40210, description: 'Seconds until there is more' })
  reset: number;
}

export class QuotaResponse {
  @ApiProperty({
    type: [QuotaStandingResponse],
    description: 'In the order of the plan; empty without a quota',
  })
  items: QuotaStandingResponse[];

  static of(quota: PlanQuota[], standings: Standing[]): QuotaResponse {
    const items = quota.map(({ unit, per, amount }, at) => {
      const { remaining, reset } = standings[at]!;
      return { unit, per, amount, remaining, reset };
    });
    return { items };
  }
}
