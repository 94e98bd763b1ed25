import { ArrayMaxSize, ArrayUnique, IsArray, IsOptional, IsString, Matches } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import type { Role } from './role.entity.js';
import { MaxCharacters, MayBeAbsent } from '../../platform/http/fields.js';

/** What a role may be called. */
export const ROLE_NAME = /^[a-z][a-z0-9_-]{0,63}$/;
const SCOPE_NAME_LENGTH = 100;

export class ChangeRole {
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 500, example: 'May read users' })
  @IsOptional()
  @IsString()
  @MaxCharacters(500)
  description?: string | null;

  @ApiPropertyOptional({ type: [String], example: ['users:read'] })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(200)
  @ArrayUnique()
  @IsString({ each: true })
  @MaxCharacters(SCOPE_NAME_LENGTH, { each: true })
  scopes?: string[];
}

export class CreateRole extends ChangeRole {
  @ApiProperty({ example: 'support', pattern: ROLE_NAME.source })
  @IsString()
  @Matches(ROLE_NAME, { message: 'name must be a lower-case letter, then up to 63 of a-z, 0-9, _ and -' })
  name: string;
}

export class RoleResponse {
  @ApiProperty({ example: 'support' })
  name: string;

  @ApiProperty({ type: String, nullable: true })
  description: string | null;

  @ApiProperty({ example: ['users:read'] })
  scopes: string[];

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: Date;

  /** @param scopes the role's scopes, `*` spelled out */
  static of(role: Role, scopes: string[]): RoleResponse {
    const { name, description, createdAt, updatedAt } = role;
    return { name, description, scopes, createdAt, updatedAt };
  }
}

class ScopeRoute {
  @ApiProperty({ example: 'GET' })
  method: string;

  @ApiProperty({ example: '/v1/users' })
  path: string;
}

export class ScopeResponse {
  @ApiProperty({ example: 'users:read' })
  name: string;

  @ApiProperty({ type: [ScopeRoute], description: 'The routes that need it' })
  routes: ScopeRoute[];
}

export class RoleHoldersResponse {
  @ApiProperty({ maximum: 1000 })
  count: number;

  @ApiProperty({ description: 'Whether there are more than these' })
  isMore: boolean;
}
