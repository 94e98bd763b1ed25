import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsISO8601,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MaxCharacters, MayBeAbsent } from '../../platform/http/fields.js';
import {
  SELECTOR_KINDS,
  VERSION_STATUSES,
  type ApiVersion,
  type Selector,
  type SelectorKind,
  type VersionStatus,
} from './api-version.entity.js';

const SELECTOR_VALUES: Record<SelectorKind, RegExp> = {
  path: /^(?!\.{1,2}$)[\w.~-]{1,64}$/,
  header: /^[a-z][a-z0-9-]{0,63}=[\w.:;/+=-]{1,100}$/,
  host: /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
};

class SelectorField {
  @ApiProperty({ enum: SELECTOR_KINDS })
  @IsIn(SELECTOR_KINDS)
  kind: SelectorKind;

  @ApiProperty({
    example: 'v1',
    description: 'A piece of the path (`v1`), a header (`api-version=1`), or a host (`v1.api.example.com`)',
  })
  @ValidateBy({
    name: 'isSelectorValue',
    validator: {
      validate: (value, validated) => {
        const kind = (validated?.object as SelectorField | undefined)?.kind;
        return (
          typeof value === 'string' && kind !== undefined && (SELECTOR_VALUES[kind]?.test(value) ?? false)
        );
      },
      defaultMessage: () =>
        'value must be a piece of a path such as v1, a header such as api-version=1, or a host in lower case',
    },
  })
  value: string;
}

const SelectorProperty = () =>
  applyDecorators(
    ApiProperty({ type: SelectorField, example: { kind: 'path', value: 'v1' } }),
    ValidateNested(),
    IsObject(),
    Type(() => SelectorField),
  );

const UpstreamIdField = () =>
  applyDecorators(ApiProperty({ format: 'uuid', example: '7d1f4c0e-6a2b-4f0d-9a53-2f6f1f0f9c11' }), IsUUID());

const LabelField = () =>
  applyDecorators(
    ApiProperty({ example: 'v1', maxLength: 32 }),
    Matches(/^[\w.~-]{1,32}$/, { message: 'label must be 1 to 32 letters, digits or . _ ~ -' }),
    IsString(),
  );

class VersionFields {
  @ApiPropertyOptional({ example: '/items', default: '', description: 'What all its paths begin with' })
  @MayBeAbsent()
  @Matches(/^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)*$/, {
    message: 'basePath must be empty or a path such as /items',
  })
  @MaxCharacters(200)
  @IsString()
  basePath?: string;

  @ApiPropertyOptional({
    default: true,
    description: 'Whether the upstream gets the path of the route alone',
  })
  @MayBeAbsent()
  @IsBoolean()
  stripPrefix?: boolean;
}

export class CreateVersion extends VersionFields {
  @LabelField()
  label: string;

  @SelectorProperty()
  selector: SelectorField;

  @UpstreamIdField()
  upstreamId: string;
}

export class ChangeVersion extends VersionFields {
  @MayBeAbsent()
  @LabelField()
  label?: string;

  @MayBeAbsent()
  @SelectorProperty()
  selector?: SelectorField;

  @MayBeAbsent()
  @UpstreamIdField()
  upstreamId?: string;
}

const MomentField = (example: string, description: string) =>
  applyDecorators(
    ApiPropertyOptional({ type: String, format: 'date-time', nullable: true, example, description }),
    IsISO8601({ strict: true }),
    Matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/, {
      message: '$property must be a time with its offset, such as 2027-01-31T00:00:00Z',
    }),
    IsOptional(),
  );

export class DeprecateVersion {
  @MomentField('2027-01-31T00:00:00Z', 'From when on it is deprecated; now when left out (RFC 9745)')
  deprecatedAt?: string | null;

  @MomentField('2027-07-31T00:00:00Z', 'From when on it answers 410 (RFC 8594)')
  sunsetAt?: string | null;

  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    nullable: true,
    example: '7d1f4c0e-6a2b-4f0d-9a53-2f6f1f0f9c11',
    description: 'The version to go to',
  })
  @IsUUID()
  @IsOptional()
  successorId?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: 'https://items.example/news',
    description: 'A page that tells of its end',
  })
  @Matches(/^https?:\/\/[^\s<>"\p{C}]+$/iu, { message: 'docsUrl must be an http or https URL' })
  @MaxCharacters(500)
  @IsString()
  @IsOptional()
  docsUrl?: string | null;
}

export class VersionResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  resourceId: string;

  @ApiProperty({ example: 'v1' })
  label: string;

  @ApiProperty({ enum: VERSION_STATUSES })
  status: VersionStatus;

  @ApiProperty({ type: SelectorField })
  selector: Selector;

  @ApiProperty({ format: 'uuid' })
  upstreamId: string;

  @ApiProperty({ example: '/items' })
  basePath: string;

  @ApiProperty()
  stripPrefix: boolean;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  deprecatedAt: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  sunsetAt: Date | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  successorId: string | null;

  @ApiProperty({ type: String, nullable: true })
  docsUrl: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: Date;

  static of({ version: _version, ...shown }: ApiVersion): VersionResponse {
    return shown;
  }
}
