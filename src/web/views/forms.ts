import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { Problem } from '../../platform/http/problem.js';
import type { TextKey } from './texts.types.js';

/** What a form sent, field by field, before anything is known of it. */
export type FormBody = Record<string, string>;

/** What is to be said at which field. */
export type FieldTexts = Partial<Record<string, TextKey>>;

/** A form that was read: what was meant, or what is wrong with it. */
export type FormReading<T> = { value: T; errors?: undefined } | { value?: undefined; errors: FieldTexts };

/**
 * Reads the fields that a form has, by the rules of their decorators. Fields that it does not have are left out: browsers
 * and their extensions add some.
 * @param texts what is said of a field that breaks its rule
 */
export function readForm<T extends object>(
  form: new () => T,
  body: FormBody,
  texts: { [Field in keyof T]: TextKey },
): FormReading<T> {
  const fields = Object.keys(texts);
  const given = Object.fromEntries(
    fields.filter((field) => Object.hasOwn(body, field)).map((field) => [field, body[field]]),
  );
  const value = plainToInstance(form, given);
  const wrong = validateSync(value, { forbidUnknownValues: false }).map(({ property }) => property);
  if (wrong.length === 0) return { value };
  return { errors: Object.fromEntries(wrong.map((field) => [field, texts[field as keyof T]])) };
}

/** The field of the form that a problem is about, by its `errors`. */
export function fieldOf(problem: Problem): string | undefined {
  return problem.errors?.[0]?.field;
}

/** The passkey that a script put into a form; `undefined` when there is none, or it is no JSON object. */
export function passkeyIn(body: FormBody): AuthenticationResponseJSON | undefined {
  try {
    const passkey: unknown = JSON.parse(body['passkey'] ?? '');
    return typeof passkey === 'object' && passkey !== null
      ? (passkey as AuthenticationResponseJSON)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What is wrong when the second of two fields is not the same as the first. */
export function unequal<T>(value: T | undefined, first: keyof T, second: keyof T): FieldTexts | undefined {
  if (!value || value[first] === value[second]) return undefined;
  return { [second]: 'error.again' as const } as FieldTexts;
}
