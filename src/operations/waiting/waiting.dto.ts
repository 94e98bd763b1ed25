import { IsString, MaxLength } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MayBeAbsent } from '../../platform/http/fields.js';
import { PageQuery } from '../../platform/http/pagination.js';
import type { Wait } from '../../platform/limits/waits.service.js';

export class WaitsQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'The id of a user: what holds their account back' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(36)
  user?: string;
}

export class WaitResponse implements Wait {
  @ApiProperty({ format: 'uuid', description: 'Of the audit event that says so' })
  id: string;

  @ApiProperty({ example: 'login_account', description: 'As docs/rate-limits.md has it' })
  limit: string;

  @ApiProperty({ type: String, nullable: true, description: '`null` for an address without an account' })
  userId: string | null;

  @ApiProperty({ type: String, nullable: true })
  email: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The network, where it is no account that waits',
  })
  source: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  since: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  until: Date;

  @ApiProperty({ description: 'Guesses in a row that failed, or how often it was asked within the window' })
  count: number;
}
