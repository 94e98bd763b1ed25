import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { MayBeAbsent } from '../http/fields.js';

const BOOLEANS = ['true', 'false'] as const;

export class ImportQuery {
  @ApiPropertyOptional({ enum: BOOLEANS, default: 'false', description: 'Whether to change what is there' })
  @MayBeAbsent()
  @IsIn(BOOLEANS)
  update?: (typeof BOOLEANS)[number];
}

export class ImportUsersQuery extends ImportQuery {
  @ApiPropertyOptional({ enum: ['gatehouse', 'auth0'], default: 'gatehouse' })
  @MayBeAbsent()
  @IsIn(['gatehouse', 'auth0'])
  format?: 'gatehouse' | 'auth0';
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
