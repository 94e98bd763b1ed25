import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import {
  buildMessage,
  IsBoolean,
  IsEmail,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateBy,
  ValidateIf,
  type ValidationOptions,
} from 'class-validator';
import { domainToASCII, domainToUnicode } from 'node:url';
import { parseDuration } from '../config/setting-rules.js';
import { ApiProperty, ApiPropertyOptional } from './api-decorators.js';

/** The field may be left out, but when it is there, even as `null`, the other rules hold. */
export const MayBeAbsent = () => ValidateIf((_, value) => value !== undefined);

/** The fields that a body has: once validated, it has the others as `undefined`, which would overwrite what is there. */
export function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

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

/**
 * The one form in which an address is kept and compared: trimmed, NFKC-normalised and lower-cased, with an international
 * domain (IDNA) in Unicode, for browsers send its labels as `xn--…`.
 */
export function normaliseEmail(email: string): string {
  const folded = email.trim().normalize('NFKC').toLowerCase().normalize('NFKC');
  const at = folded.lastIndexOf('@') + 1;
  return folded.slice(0, at) + unicodeDomain(folded.slice(at));
}

/** What is no international domain stays as it is, as does what no domain can be; validation decides about that. */
function unicodeDomain(domain: string): string {
  // Anything else would be read as a URL: `1.2` as an address, `%61` as a letter.
  const isInternational =
    /[^\0-\x7f]|(^|\.)xn--/.test(domain) && /^[a-z\d.-]*$/.test(domain.replaceAll(/[^\0-\x7f]/g, ''));
  if (!isInternational) return domain;
  const ascii = domainToASCII(domain);
  return ascii === '' ? domain : domainToUnicode(ascii);
}

const Normalised = () =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? normaliseEmail(value) : value));

/** The address of a new account. A host without a top-level domain, such as localhost, will do. */
export const NewEmailField = () =>
  applyDecorators(
    ApiProperty({ example: 'ada@example.com', maxLength: 254 }),
    Normalised(),
    // Not even in quotes: mail programs disagree about who `"a@b.example c"@d.example` is for.
    Matches(/^[^"\p{C}\p{Z}]*$/u, { message: 'email must be an e-mail address' }),
    IsEmail({ require_tld: false }, { message: 'email must be an e-mail address' }),
    MaxCharacters(254),
    IsString(),
  );

/** An address to look up; whether it is well-formed is not said. */
export const EmailField = (decorate = ApiProperty) =>
  applyDecorators(decorate({ example: 'ada@example.com' }), Normalised(), MaxCharacters(1000), IsString());

/** Of ISO 8601 what says a moment, and all engines read alike: no weeks, no ordinal days, no time without its zone. */
const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** A moment in a query. @param name of the field */
export const MomentField = (name: string, description: string) => {
  const message = `${name} must be a day or a time with its zone, such as 2026-01-01 or 2026-01-01T00:00:00Z`;
  return applyDecorators(
    ApiPropertyOptional({ example: '2026-01-01T00:00:00.000Z', description }),
    IsISO8601({ strict: true }, { message }),
    Matches(MOMENT, { message }),
    MaxLength(40),
  );
};

/** A duration such as `90d`, between two others. */
export const DurationField = (min: string, max: string) =>
  ValidateBy({
    name: 'duration',
    validator: {
      validate: (value) => {
        const ms = typeof value === 'string' ? parseDuration(value) : undefined;
        return ms !== undefined && ms >= parseDuration(min)! && ms <= parseDuration(max)!;
      },
      defaultMessage: () =>
        `$property must be a duration from ${min} to ${max}, such as 30s, 15m, 12h or 30d`,
    },
  });

/** `true` or `false` in a query. */
export const YesOrNoField = (description: string) =>
  applyDecorators(
    ApiPropertyOptional({ type: Boolean, description }),
    Transform(({ value }: { value: unknown }) =>
      value === 'true' ? true : value === 'false' ? false : value,
    ),
    IsBoolean(),
  );

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

/**
 * A code as it was typed or pasted, in the one form in which it is compared: the digits of any script as ASCII, without
 * spaces, dashes and the invisible marks that keyboards of some scripts add.
 */
export function normaliseCode(code: string): string {
  return code
    .normalize('NFKC')
    .replaceAll(/[\s\p{Pd}\p{Cf}]/gu, '')
    .replaceAll(/[^\d\P{Nd}]/gu, asciiDigit)
    .toLowerCase();
}

/** The decimal digits of a script are ten code points in a row, from zero (Unicode §4.6). */
function asciiDigit(digit: string): string {
  let value = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(digit.codePointAt(0)! - value - 1))) value++;
  return String(value % 10);
}

/** A code of an authenticator application or a recovery code, however it was typed. */
export const CodeField = (decorate = ApiProperty) =>
  applyDecorators(
    decorate({ example: '123456' }),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? normaliseCode(value) : value)),
    MaxCharacters(100),
    IsString(),
  );

/** What a refresh token looks like: 54 bytes are 72 characters without a spare bit, so a token has one spelling. */
export const REFRESH_TOKEN = /^[\w-]{72}$/;

/** A secret of 256 bits that came by mail; whether it is well-formed is not said. */
export const OneTimeTokenField = () =>
  applyDecorators(ApiProperty({ example: 'kX1c…' }), MaxCharacters(1000), IsString());
