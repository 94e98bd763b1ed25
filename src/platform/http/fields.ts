import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  buildMessage,
  IsEmail,
  IsOptional,
  IsString,
  Matches,
  ValidateBy,
  ValidateIf,
  type ValidationOptions,
} from 'class-validator';

/** The field may be left out, but when it is there, even as `null`, the other rules hold. */
export const MayBeAbsent = () => ValidateIf((_, value) => value !== undefined);

/** At most `max` code points, as a column counts them; class-validator's own rule overlooks variation selectors. */
export const MaxCharacters = (max: number, options?: ValidationOptions) =>
  ValidateBy(
    {
      name: 'maxCharacters',
      constraints: [max],
      validator: {
        validate: (value) => typeof value === 'string' && [...value].length <= max,
        defaultMessage: buildMessage(
          (each) => `${each}$property must have at most $constraint1 characters`,
          options,
        ),
      },
    },
    options,
  );

/** The one form in which an address is kept and compared: trimmed, NFKC-normalised and lower-cased. */
export function normaliseEmail(email: string): string {
  return email.trim().normalize('NFKC').toLowerCase().normalize('NFKC');
}

const Normalised = () =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? normaliseEmail(value) : value));

/** The address of a new account. A host without a top-level domain, such as localhost, will do. */
export const NewEmailField = () =>
  applyDecorators(
    ApiProperty({ example: 'ada@example.com', maxLength: 254 }),
    Normalised(),
    // Not even in quotes: mail programs disagree about whom `"a@b.example c"@d.example` is for.
    Matches(/^[^"\p{C}\p{Z}]*$/u, { message: 'email must be an e-mail address' }),
    IsEmail({ require_tld: false }, { message: 'email must be an e-mail address' }),
    MaxCharacters(254),
    IsString(),
  );

/** An address to look up; whether it is well-formed is not said. */
export const EmailField = () =>
  applyDecorators(ApiProperty({ example: 'ada@example.com' }), Normalised(), MaxCharacters(1000), IsString());

/** A display name; `null` takes it away. */
export const NameField = () =>
  applyDecorators(
    ApiPropertyOptional({ type: String, nullable: true, maxLength: 100, example: 'Ada Lovelace' }),
    Matches(/^[^\p{Cc}]*$/u, { message: 'name must not contain control characters' }),
    MaxCharacters(100),
    IsString(),
    IsOptional(),
  );

/** A password on its way in; the policy is checked where it is hashed. */
export const PasswordField = (decorate = ApiProperty) =>
  applyDecorators(
    decorate({ format: 'password', example: 'correct horse battery' }),
    MaxCharacters(1000),
    IsString(),
  );

/** A code of an authenticator application or a recovery code, however it was typed. */
export const CodeField = (decorate = ApiProperty) =>
  applyDecorators(
    decorate({ example: '123456' }),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.normalize('NFKC').replaceAll(/[\s-]/g, '').toLowerCase() : value,
    ),
    MaxCharacters(100),
    IsString(),
  );

/** What a refresh token looks like: 54 bytes are 72 characters without a spare bit, so a token has one spelling. */
export const REFRESH_TOKEN = /^[\w-]{72}$/;

/** A secret of 256 bits that came by mail; whether it is well-formed is not said. */
export const OneTimeTokenField = () =>
  applyDecorators(ApiProperty({ example: 'kX1c…' }), MaxCharacters(1000), IsString());
