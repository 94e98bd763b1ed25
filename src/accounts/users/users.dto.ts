import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsString,
  Matches,
  MaxLength,
  MinLength,
} from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import {
  MaxCharacters,
  MayBeAbsent,
  NameField,
  EmailField,
  NewEmailField,
  PasswordField,
  YesOrNoField,
} from '../../platform/http/fields.js';
import { PageQuery } from '../../platform/http/pagination.js';
import { USER_KINDS, USER_STATUSES, type User, type UserKind, type UserStatus } from './user.entity.js';

export class ChangeUser {
  @NameField()
  name?: string | null;

  @ApiPropertyOptional({ enum: USER_STATUSES })
  @MayBeAbsent()
  @IsIn(USER_STATUSES)
  status?: UserStatus;
}

export class CreateUser {
  @NewEmailField()
  email: string;

  @PasswordField()
  password: string;

  @NameField()
  name?: string | null;
}

export class CreateServiceAccount {
  @ApiProperty({ example: 'Nightly backup', maxLength: 100 })
  @Matches(/^[^\p{Cc}]*$/u, { message: 'name must not contain control characters' })
  @MinLength(1)
  @MaxCharacters(100)
  @IsString()
  name: string;
}

export const ORDERS = ['oldest', 'newest'] as const;

export class UsersQuery extends PageQuery {
  @ApiPropertyOptional({
    example: 'ada l',
    maxLength: 254,
    description: 'How the address or the name begins, or 8 or more digits of the id',
  })
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.trim().normalize() : value,
  )
  @MayBeAbsent()
  @Matches(/^[^\p{Cc}]*$/u, { message: 'search must not contain control characters' })
  @MaxCharacters(254)
  @IsString()
  search?: string;

  @MayBeAbsent()
  @EmailField(ApiPropertyOptional)
  email?: string;

  @ApiPropertyOptional({ enum: USER_KINDS, description: 'People or services alone' })
  @MayBeAbsent()
  @IsIn(USER_KINDS)
  kind?: UserKind;

  @ApiPropertyOptional({ enum: USER_STATUSES })
  @MayBeAbsent()
  @IsIn(USER_STATUSES)
  status?: UserStatus;

  @ApiPropertyOptional({ example: 'support', description: 'Holders of this role' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(64)
  role?: string;

  @MayBeAbsent()
  @YesOrNoField('Whether they proved to read the mail of their address')
  verified?: boolean;

  @MayBeAbsent()
  @YesOrNoField('Whether they have an authenticator application or a passkey')
  secondFactor?: boolean;

  @ApiPropertyOptional({
    enum: ORDERS,
    default: 'oldest',
    description: 'Not with `search`, which has its own',
  })
  @MayBeAbsent()
  @IsIn(ORDERS)
  order?: (typeof ORDERS)[number];
}

export class AssignRoles {
  @ApiProperty({ type: [String], example: ['user', 'support'] })
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsString({ each: true })
  @MaxLength(64, { each: true })
  roles: string[];
}

export class UserResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'ada@example.com' })
  email: string;

  @ApiProperty({ description: 'Whether its owner proved that they read its mail' })
  emailVerified: boolean;

  @ApiProperty({ type: String, nullable: true, example: 'Ada Lovelace' })
  name: string | null;

  @ApiProperty({ enum: USER_STATUSES })
  status: UserStatus;

  @ApiProperty({ enum: USER_KINDS, description: 'A service has no password, only API keys' })
  kind: UserKind;

  @ApiProperty({ example: ['user'] })
  roles: string[];

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastLoginAt: Date | null;

  static of({ user, roles }: { user: User; roles: string[] }): UserResponse {
    const { id, email, name, status, kind, createdAt, updatedAt, lastLoginAt } = user;
    const emailVerified = user.emailVerifiedAt !== null;
    return { id, email, emailVerified, name, status, kind, roles, createdAt, updatedAt, lastLoginAt };
  }
}

export class FoundUserResponse extends UserResponse {
  @ApiProperty({ description: 'Whether a sign-in asks for more than the password' })
  secondFactor: boolean;

  static override of(found: { user: User; roles: string[]; secondFactor: boolean }): FoundUserResponse {
    return { ...UserResponse.of(found), secondFactor: found.secondFactor };
  }
}
