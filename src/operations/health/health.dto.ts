import { ApiProperty } from '../../platform/http/api-decorators.js';

export class LiveResponse {
  @ApiProperty({ enum: ['ok'] })
  status: 'ok';
}

export class ReadyResponse extends LiveResponse {
  @ApiProperty({ enum: ['ok'] })
  database: 'ok';

  @ApiProperty({ enum: ['ok'], description: 'Those of other nodes are known' })
  revocations: 'ok';
}

export class NodeResponse {
  @ApiProperty({ format: 'uuid', description: 'Made anew at each start' })
  id: string;

  @ApiProperty({ description: 'Whether it is the one that answers' })
  isThis: boolean;

  @ApiProperty({ type: String, format: 'date-time', description: 'It says again and again that it is there' })
  seenUntil: Date;
}
