import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MinLength,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MaxCharacters, MayBeAbsent } from '../../platform/http/fields.js';
import { RESOURCE_STATUSES, type Resource, type ResourceStatus } from './resource.entity.js';

/** RFC 8707 §2: an absolute URI without a fragment; of a scheme that no browser runs. */
function isResourceIdentifier(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^(?:https?:\/\/|urn:)[^\s\p{C}]+$/iu.test(value) &&
    URL.canParse(value) &&
    !value.includes('#')
  );
}

const IdentifierField = () =>
  applyDecorators(
    ApiProperty({ example: 'https://api.example.com/orders', maxLength: 500 }),
    ValidateBy({
      name: 'isResourceIdentifier',
      validator: {
        validate: isResourceIdentifier,
        defaultMessage: () => 'identifier must be an https, http or urn URI without a fragment',
      },
    }),
    MaxCharacters(500),
    IsString(),
  );

const TitleField = () =>
  applyDecorators(
    ApiProperty({ example: 'Orders', maxLength: 100 }),
    MinLength(1),
    MaxCharacters(100),
    IsString(),
  );

const DescriptionField = () =>
  applyDecorators(
    ApiPropertyOptional({ type: String, nullable: true, maxLength: 1000 }),
    MaxCharacters(1000),
    IsString(),
    IsOptional(),
  );

class ResourceScopeField {
  @ApiProperty({ example: 'orders:read' })
  @IsString()
  @MaxCharacters(100)
  @Matches(/^[a-z0-9._-]+:[a-z0-9._-]+$/, { message: 'name must be noun:verb' })
  name: string;

  @DescriptionField()
  description: string | null = null;
}

/** What both making and changing a resource may say. */
class ResourceFields {
  @DescriptionField()
  description?: string | null;

  @ApiPropertyOptional({ example: '1.0', maxLength: 32, description: 'The version of the API' })
  @MayBeAbsent()
  @IsString()
  @MinLength(1)
  @MaxCharacters(32)
  version?: string;

  @ApiPropertyOptional({ enum: RESOURCE_STATUSES })
  @MayBeAbsent()
  @IsIn(RESOURCE_STATUSES)
  status?: ResourceStatus;

  @ApiPropertyOptional({ type: [ResourceScopeField] })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(200)
  // `ValidateNested` would go into lists, and find nothing wrong with an empty one.
  @IsObject({ each: true, message: 'scopes must be a list of { name, description }' })
  @ArrayUnique((scope: Partial<ResourceScopeField> | null) => scope?.name, {
    message: 'scopes must have distinct names',
  })
  @ValidateNested({ each: true })
  @Type(() => ResourceScopeField)
  scopes?: ResourceScopeField[];
}

export class CreateResource extends ResourceFields {
  @IdentifierField()
  identifier: string;

  @TitleField()
  name: string;
}

export class ChangeResource extends ResourceFields {
  @MayBeAbsent()
  @IdentifierField()
  identifier?: string;

  @MayBeAbsent()
  @TitleField()
  name?: string;
}

export class ResourceResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  ownerId: string | null;

  @ApiProperty({ example: 'https://api.example.com/orders' })
  identifier: string;

  @ApiProperty({ example: 'Orders' })
  name: string;

  @ApiProperty({ type: String, nullable: true })
  description: string | null;

  @ApiProperty({ example: '1.0' })
  version: string;

  @ApiProperty({ enum: RESOURCE_STATUSES })
  status: ResourceStatus;

  @ApiProperty({ type: [ResourceScopeField] })
  scopes: ResourceScopeField[];

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: Date;

  static of(resource: Resource): ResourceResponse {
    const { id, ownerId, identifier, name, description, version, status, scopes, createdAt, updatedAt } =
      resource;
    return { id, ownerId, identifier, name, description, version, status, scopes, createdAt, updatedAt };
  }
}
