import { applyDecorators } from '@nestjs/common';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  ValidateNested,
} from 'class-validator';
import { USER_STATUSES, type UserStatus } from '../../accounts/users/user.entity.js';
import { ApiProperty, ApiPropertyOptional } from '../../platform/http/api-decorators.js';
import { MaxCharacters, MayBeAbsent, NameField, NewEmailField } from '../../platform/http/fields.js';
import { LOCALE_TAGS } from '../../platform/texts/locales.js';
import { keptHash } from './foreign-hashes.js';

/** What an export says besides. It is not taken over: an account that is made here has an id and times of its own. */
const Told = () =>
  applyDecorators(
    ApiPropertyOptional({ type: String, nullable: true, description: 'What an export says; not taken over' }),
    IsOptional(),
    IsString(),
  );

const Texts = (most: number, longest: number) =>
  applyDecorators(
    IsArray(),
    ArrayMaxSize(most),
    ArrayUnique(),
    IsString({ each: true }),
    MaxCharacters(longest, { each: true }),
  );

/** What a user has allowed an application. */
export class ConsentLine {
  @ApiProperty({ example: 'https://assistant.example/client.json' })
  @IsString()
  @MaxCharacters(500)
  clientId: string;

  @ApiPropertyOptional({
    description: 'The identifier of an API; when it is left out: of this server itself',
  })
  @MayBeAbsent()
  @IsString()
  @MaxCharacters(500)
  resource?: string;

  @ApiProperty({ type: [String], example: ['openid', 'email'] })
  @Texts(200, 128)
  scopes: string[];
}

/** A line of an export of people, and of an import: what is left out is not to change. */
export class UserLine {
  /** Normalised. */
  @NewEmailField()
  email: string;

  @NameField()
  name?: string | null;

  @ApiPropertyOptional({ example: ['user'], description: 'When it is left out: what every account gets' })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsString({ each: true })
  @MaxCharacters(64, { each: true })
  roles?: string[];

  @ApiPropertyOptional({ enum: USER_STATUSES, default: 'active' })
  @MayBeAbsent()
  @IsIn(USER_STATUSES)
  status?: UserStatus;

  @ApiPropertyOptional({ default: false, description: 'Whether the address was proved' })
  @MayBeAbsent()
  @IsBoolean()
  verified?: boolean;

  /** As it is kept here, not as the other system wrote it. */
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'A PHC string, or as Django, Werkzeug, passlib, ASP.NET, Dovecot or LDAP write it',
    example: '$2b$10$…',
  })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? keptHash(value) : value))
  @IsOptional()
  @IsString()
  @MaxCharacters(255)
  passwordHash?: string | null;

  @ApiPropertyOptional({
    enum: LOCALE_TAGS,
    nullable: true,
    description: 'The language of letters, for accounts that are made',
  })
  @IsOptional()
  @IsIn(LOCALE_TAGS)
  locale?: string | null;

  @ApiPropertyOptional({
    type: [ConsentLine],
    description: 'For accounts that are made, and clients that are known',
  })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(200)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ConsentLine)
  consents?: ConsentLine[];

  @Told()
  id?: string;

  @Told()
  createdAt?: string;

  @Told()
  lastLoginAt?: string | null;
}
