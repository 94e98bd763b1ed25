import { IsIn } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MayBeAbsent } from '../../platform/http/fields.js';

const BOOLEANS = ['true', 'false'] as const;

export class ImportQuery {
  @ApiPropertyOptional({ enum: BOOLEANS, default: 'false', description: 'Whether to change what is there' })
  @MayBeAbsent()
  @IsIn(BOOLEANS)
  update?: (typeof BOOLEANS)[number];
}

export class ImportUsersQuery extends ImportQuery {
  @ApiPropertyOptional({ enum: ['gatehouse', 'auth0', 'keycloak'], default: 'gatehouse' })
  @MayBeAbsent()
  @IsIn(['gatehouse', 'auth0', 'keycloak'])
  format?: 'gatehouse' | 'auth0' | 'keycloak';
}

export class ExportUsersQuery {
  @ApiPropertyOptional({
    enum: BOOLEANS,
    description: 'Whether password hashes are in it; when left out, if the token has users:export-secrets',
  })
  @MayBeAbsent()
  @IsIn(BOOLEANS)
  secrets?: (typeof BOOLEANS)[number];
}

class LineError {
  @ApiProperty({ example: 17, description: 'The first line is 1' })
  line: number;

  @ApiProperty({ example: 'validation_failed' })
  code: string;

  @ApiProperty({ example: 'email must be an e-mail address' })
  message: string;
}

/** How an import went. */
export class ImportSummary {
  @ApiProperty({ example: 999 })
  created: number;

  @ApiProperty({ example: 0 })
  updated: number;

  @ApiProperty({ example: 0, description: 'There already, and left as they were' })
  skipped: number;

  @ApiProperty({ example: 1 })
  failed: number;

  @ApiProperty({ type: [LineError], description: 'The first 1,000 lines that failed' })
  errors: LineError[];
}
