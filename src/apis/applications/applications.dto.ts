import { applyDecorators } from '@nestjs/common';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { EmailField, MaxCharacters, MayBeAbsent } from '../../platform/http/fields.js';
import { LabelField } from '../../platform/http/label-field.js';
import { MEMBER_ROLES, type MemberRole } from './application-member.entity.js';
import type { Membership } from './applications.types.js';
import type { Application } from './application.entity.js';

const DescriptionField = () =>
  applyDecorators(
    ApiPropertyOptional({ type: String, nullable: true, maxLength: 1000, example: 'Shows items on a map' }),
    MaxCharacters(1000),
    IsString(),
    IsOptional(),
  );

const RoleField = () =>
  applyDecorators(
    ApiProperty({
      enum: MEMBER_ROLES,
      description:
        'A viewer sees; a developer subscribes and makes keys; an admin changes the application and its members too',
    }),
    IsIn(MEMBER_ROLES),
  );

export class CreateApplication {
  @LabelField('My app')
  name: string;

  @DescriptionField()
  description?: string | null;
}

export class ChangeApplication {
  @MayBeAbsent()
  @LabelField('My app', ApiPropertyOptional)
  name?: string;

  @DescriptionField()
  description?: string | null;
}

export class ApplicationResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  ownerId: string;

  @ApiProperty({ example: 'My app' })
  name: string;

  @ApiProperty({ type: String, nullable: true })
  description: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: Date;

  static of({ id, ownerId, name, description, createdAt, updatedAt }: Application): ApplicationResponse {
    return { id, ownerId, name, description, createdAt, updatedAt };
  }
}

export class AddMember {
  @EmailField()
  email: string;

  @ApiPropertyOptional({
    format: 'uuid',
    example: '01890a5d-ac96-774b-bcce-b302099a8057',
    description: 'Of the same account; needed with REQUIRE_VERIFIED_EMAIL=on, which hides who has one',
  })
  @MayBeAbsent()
  @MaxCharacters(100)
  @IsString()
  userId?: string;

  @RoleField()
  role: MemberRole;
}

export class ChangeMember {
  @RoleField()
  role: MemberRole;
}

export class MemberResponse {
  @ApiProperty({ format: 'uuid' })
  userId: string;

  @ApiProperty({ example: 'ada@example.com' })
  email: string;

  @ApiProperty({ type: String, nullable: true })
  name: string | null;

  @ApiProperty({ enum: ['owner', ...MEMBER_ROLES] })
  role: 'owner' | MemberRole;

  static of({ userId, email, name, role }: Membership): MemberResponse {
    return { userId, email, name, role };
  }
}
