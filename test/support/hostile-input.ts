import { expect } from 'vitest';
import type { Answer } from './client.js';
import { type Operation } from './openapi.js';

export const WRONG_TYPES = [
  0,
  -1,
  1.5,
  1e308,
  'x',
  '',
  ' ',
  [],
  ['x'],
  [[]],
  [null],
  {},
  { a: 1 },
  null,
  true,
  false,
];
export const INJECTIONS = [
  `' OR '1'='1`,
  `'; DROP TABLE users; --`,
  `" OR ""="`,
  `1 UNION SELECT password_hash FROM users`,
  `\\' OR 1=1 --`,
  `%' --`,
  ':id',
  '$1',
  '?',
];
/** Strings as JSON that no text holds. */
export const UNREADABLE = ['"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udc00a"', '"\\udfff\\ud800"'];
export const DEPTH = 10_000;
/** What fits into a body, and what fits into a URL once it is encoded. */
export const BODY_LENGTH = 60_000;
export const QUERY_LENGTH = 9_000;

export const label = ({ method, path }: Operation) => `${method} ${path}`;
export const expectRefusal = ({ status, body, headers, text }: Answer) => {
  expect([400, 413], text).toContain(status);
  expect(body).toMatchObject({ status, code: expect.any(String), instance: headers.get('x-request-id') });
};
/** Texts of about that many bytes, at which an expression that goes back and forth would be busy for long. */
export const longTexts = (length: number) => [
  'a@'.repeat(length / 2),
  `${'a'.repeat(length / 2)}@${'a.'.repeat(length / 4)}`,
  `a${' '.repeat(length / 2)}a`,
  'a:'.repeat(length / 2),
  `https://${'a'.repeat(length - 10)}`,
  'é'.repeat(length / 2),
  `${'1'.repeat(length - 10)}!`,
];
/** The value once for each text in it, however deep, with another in that one's place. */
export const withTextAnywhere = (value: unknown, text: string): unknown[] => {
  if (typeof value === 'string') return [text];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return withTextAnywhere(value[0], text).map((each) => [each]);
  return Object.entries(value).flatMap(([name, member]) =>
    withTextAnywhere(member, text).map((each) => ({ ...value, [name]: each })),
  );
};
/** What everything, and everything of a kind, inherits. */
const inherited = () =>
  [Object, Array, Function, String, Number].map((each) => Reflect.ownKeys(each.prototype));
const INHERITED = inherited();
export const expectUnpolluted = () => {
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(inherited()).toEqual(INHERITED);
};
/** A body with one more member, which is JSON as it is. */
export const withMember = (body: object, member: string) =>
  JSON.stringify({ ...body, '': 0 }).replace('"":0', () => member);
