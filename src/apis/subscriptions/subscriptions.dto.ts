import { applyDecorators } from '@nestjs/common';
import { IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MaxCharacters, MayBeAbsent } from '../../platform/http/fields.js';
import { PageQuery } from '../../platform/http/pagination.js';
import { SUBSCRIPTION_STATUSES, type Subscription, type SubscriptionStatus } from './subscription.entity.js';

const IdField = (what: string) =>
  applyDecorators(
    ApiProperty({
      format: 'uuid',
      description: `The id of ${what}`,
      example: '01890a5d-ac96-774b-bcce-b302099a8057',
    }),
    MaxCharacters(100),
    IsString(),
  );

const TextField = (description: string) =>
  applyDecorators(
    ApiPropertyOptional({ type: String, nullable: true, maxLength: 500, example: 'As agreed', description }),
    Matches(/^[^\p{Cc}]*$/u, { message: 'reason must not contain control characters' }),
    MaxCharacters(500),
    IsString(),
    IsOptional(),
  );

export class Subscribe {
  @IdField('a plan of the API')
  planId: string;

  @TextField('What it is for; the publisher reads it')
  reason?: string | null;
}

export class GiveSubscription {
  @IdField('the application')
  applicationId: string;

  @IdField('a plan of the API, also of one that is not for all')
  planId: string;
}

export class ChangeSubscription {
  @IdField('another plan of the API')
  planId: string;
}

export class Decide {
  @TextField('Why; the members of the application read it')
  reason?: string | null;
}

export class Approve extends Decide {
  @ApiPropertyOptional({
    format: 'uuid',
    example: '01890a5d-ac96-774b-bcce-b302099a8057',
    description: 'The plan to approve: 409 when another is requested by now',
  })
  @MayBeAbsent()
  @MaxCharacters(100)
  @IsString()
  planId?: string;
}

export class SubscriptionsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: SUBSCRIPTION_STATUSES })
  @MayBeAbsent()
  @IsIn(SUBSCRIPTION_STATUSES)
  status?: SubscriptionStatus;
}

export class SubscriptionResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  applicationId: string;

  @ApiProperty({ example: 'My app' })
  applicationName: string;

  @ApiProperty({ format: 'uuid' })
  resourceId: string;

  @ApiProperty({ format: 'uuid' })
  planId: string;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The plan that it shall have once the publisher approves',
  })
  requestedPlanId: string | null;

  @ApiProperty({ enum: SUBSCRIPTION_STATUSES })
  status: SubscriptionStatus;

  @ApiProperty({ type: String, nullable: true, description: 'Of the subscriber' })
  reason: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'What was said with the last decision' })
  decision: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  decidedById: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  startsAt: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  endsAt: Date | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: Date;

  static of({ version: _version, ...shown }: Subscription, applicationName: string): SubscriptionResponse {
    return { ...shown, applicationName };
  }
}
