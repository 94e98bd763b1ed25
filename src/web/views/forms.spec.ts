import { Transform } from 'class-transformer';
import { IsOptional, IsString, MinLength } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { passkeyIn, readForm, unequal } from './forms.js';

class Form {
  @IsString()
  @MinLength(1)
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  name: string;

  @IsOptional()
  @MinLength(8)
  password?: string;
}
const TEXTS = { name: 'error.required', password: 'error.password' } as never;
const read = (body: Record<string, string>) => readForm(Form, body, TEXTS);

describe('a form', () => {
  it('is read by the rules of its fields', () => {
    expect(read({ name: ' Ada ', password: 'long enough' }).value).toEqual({
      name: 'Ada',
      password: 'long enough',
    });
  });

  it('leaves out what it has no field for', () => {
    const { value } = read({ name: 'Ada', extension: 'x', constructor: 'y' });
    expect(Object.keys(value!)).not.toContain('extension');
    expect(Object.hasOwn(value!, 'constructor')).toBe(false);
  });

  it('says what is wrong at each field, and has no value then', () => {
    expect(read({ name: ' ', password: 'short' })).toEqual({
      errors: { name: 'error.required', password: 'error.password' },
    });
    expect(read({})).toEqual({ errors: { name: 'error.required' } });
  });

  it('does not take a member of every object for a field', () => {
    const fields = { ...(TEXTS as object), toString: 'error.required' } as never;
    expect(Object.hasOwn(readForm(Form, { name: 'Ada' }, fields).value!, 'toString')).toBe(false);
  });
});

describe('the passkey in a form', () => {
  it('is a JSON object', () => {
    expect(passkeyIn({ passkey: '{"id":"a"}' })).toEqual({ id: 'a' });
  });

  it.each([undefined, '', 'null', '5', '"text"', '{', 'undefined'])('is none in %j', (passkey) => {
    expect(passkeyIn(passkey === undefined ? {} : { passkey })).toBeUndefined();
  });
});

describe('two fields that are to be the same', () => {
  it('are told at the second', () => {
    expect(unequal({ a: 'x', b: 'y' }, 'a', 'b')).toEqual({ b: 'error.again' });
    expect(unequal({ a: 'x', b: 'x' }, 'a', 'b')).toBeUndefined();
  });

  it('are not compared in a form that could not be read', () => {
    expect(unequal(undefined as { a: string; b: string } | undefined, 'a', 'b')).toBeUndefined();
  });
});
