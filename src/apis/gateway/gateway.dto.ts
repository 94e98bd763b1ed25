import { IsIn, IsObject, IsOptional, IsString, Matches, ValidateBy } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MaxCharacters, MayBeAbsent } from '../../platform/http/fields.js';
import { ROUTE_METHODS, type RouteMethod } from '../versions/api-route.entity.js';
import type { RevisionRow } from './revisions.service.js';

export class PublishRevision {
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 500, example: 'first' })
  @Matches(/^[^\p{Cc}]*$/u, { message: 'note must not contain control characters' })
  @MaxCharacters(500)
  @IsString()
  @IsOptional()
  note?: string | null;
}

export class RevisionResponse {
  @ApiProperty({ example: 1 })
  seq: number;

  @ApiProperty({ description: 'SHA-256 of its document: equal tables have equal digests' })
  digest: string;

  @ApiProperty({ type: String, nullable: true })
  note: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  byId: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  static of({ seq, digest, note, byId, createdAt }: RevisionRow): RevisionResponse {
    return { seq, digest, note, byId, createdAt };
  }
}

/** Names in lower case, each with one value. */
function isHeaders(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  const entries = Object.entries(value);
  return (
    entries.length <= 100 &&
    entries.every(([name, each]) => /^[a-z0-9-]+$/.test(name) && typeof each === 'string')
  );
}

/** A request to think through. */
export class ExplainRequest {
  @ApiProperty({ enum: ROUTE_METHODS })
  @IsIn(ROUTE_METHODS)
  method: RouteMethod;

  @ApiProperty({ example: '/g/items/v1/things/7', description: 'As the client sends it, not normalised' })
  @Matches(/^\//, { message: 'url must begin with a slash' })
  @MaxCharacters(8_000)
  @IsString()
  url: string;

  @ApiPropertyOptional({ description: 'An access token or an API key; it is not used up' })
  @MayBeAbsent()
  @MaxCharacters(10_000)
  @IsString()
  token?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { host: 'api.example.com' },
    description: 'Headers that choose a version, by their names in lower case',
  })
  @MayBeAbsent()
  @ValidateBy({
    name: 'isHeaders',
    validator: {
      validate: isHeaders,
      defaultMessage: () => 'headers must be an object of names in lower case and their values',
    },
  })
  @IsObject()
  headers?: Record<string, string>;
}

class ExplainedRoute {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: '/g/items/v1/things/:thing' })
  path: string;

  @ApiProperty({ type: [String] })
  methods: string[];

  @ApiProperty({ type: [String] })
  scopes: string[];

  @ApiProperty({ type: [String] })
  roles: string[];

  @ApiProperty()
  isPublic: boolean;

  @ApiProperty({ type: String, nullable: true, example: '100 in 60 s' })
  limit: string | null;
}

class ExplainedVersion {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'v1' })
  label: string;

  @ApiProperty({ example: 'published' })
  status: string;

  @ApiProperty({
    example: 'https://items.example',
    description: 'The API, which is the audience of its tokens',
  })
  resource: string;
}

/** What the gateway would do. */
export class ExplainResponse {
  @ApiProperty({ example: 1, description: 'The revision that was asked' })
  revision: number;

  @ApiProperty({ enum: ['forward', 'refuse'] })
  outcome: 'forward' | 'refuse';

  @ApiProperty({ example: 200, description: 'Of the refusal; 200 where the upstream decides' })
  status: number;

  @ApiPropertyOptional({ example: 'insufficient_scope' })
  code?: string;

  @ApiPropertyOptional({ description: 'Which rule refuses, and how to mend it' })
  detail?: string;

  @ApiPropertyOptional({ type: ExplainedRoute })
  route?: ExplainedRoute;

  @ApiPropertyOptional({ type: ExplainedVersion })
  version?: ExplainedVersion;

  @ApiPropertyOptional({ example: 'items', description: 'The upstream that would answer' })
  upstream?: string;

  @ApiPropertyOptional({ example: '/things/7', description: 'What it would be asked for' })
  target?: string;
}
