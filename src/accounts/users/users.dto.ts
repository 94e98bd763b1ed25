import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
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
import { MaxCharacters, MayBeAbsent, NameField, NewEmailField, PasswordField } from '../http/fields.js';
import { PageQuery } from '../http/pagination.js';
import { USER_KINDS, USER_STATUSES, type User, type UserKind, type UserStatus } from './user.entity.js';

export class ChangeMe {
  @NameField()
  name?: string | null;
}

export class ChangeUser extends ChangeMe {
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

export class UsersQuery extends PageQuery {
  @ApiPropertyOptional({ enum: USER_KINDS, description: 'People or services alone' })
  @MayBeAbsent()
  @IsIn(USER_KINDS)
  kind?: UserKind;
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

  @ApiProperty({ format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ format: 'date-time' })
  updatedAt: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastLoginAt: Date | null;

  static of({ user, roles }: { user: User; roles: string[] }): UserResponse {
    const { id, email, name, status, kind, createdAt, updatedAt, lastLoginAt } = user;
    const emailVerified = user.emailVerifiedAt !== null;
    return { id, email, emailVerified, name, status, kind, roles, createdAt, updatedAt, lastLoginAt };
  }
}
