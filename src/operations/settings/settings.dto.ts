import { ApiProperty } from '../../platform/http/api-decorators.js';

export class SettingResponse {
  @ApiProperty({ example: 'ACCESS_TOKEN_TTL' })
  name: string;

  @ApiProperty({
    oneOf: [
      { type: 'string' },
      { type: 'number' },
      { type: 'array', items: { type: 'string' } },
      { type: 'null' },
    ] as never,
    example: '15m',
    description: 'What is in effect, a duration as it is written; `null` for a secret',
  })
  value: string | number | string[] | null;

  @ApiProperty({ description: 'Its value is never shown' })
  isSecret: boolean;

  @ApiProperty({ description: 'Whether the operator, or a file of the server, says it' })
  isSet: boolean;

  @ApiProperty({ enum: ['variable', 'file', 'default'], description: 'Where the value has come from' })
  source: 'variable' | 'file' | 'default';

  @ApiProperty({ type: String, nullable: true, example: '.env', description: 'With the source `file`' })
  file: string | null;

  @ApiProperty({ example: 'a duration from 10s to 1d, such as 30s, 15m, 12h or 30d' })
  allowed: string;
}
