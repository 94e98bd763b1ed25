import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `30s`, `15m`, `12h` or `30d` as milliseconds; `undefined` when it is none of these. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9})(s|m|h|d)$/.exec(text) ?? [];
  return amount && unit ? Number(amount) * UNIT_MS[unit]! : undefined;
}

/** Milliseconds in the largest unit that has them whole. */
export function durationInWords(ms: number): string {
  const whole = Object.entries(UNIT_MS).filter(([, each]) => ms % each === 0);
  const [unit, each] = ms === 0 ? ['s', 1] : (whole.at(-1) ?? ['ms', 1]);
  return `${ms / Number(each)}${unit}`;
}

/** One rule per setting: `parse` turns the text into the value or `undefined`; `allowed` says what is accepted. */
function rule<T>(
  allowed: string,
  parse: (text: string) => T | undefined,
  clean = (text: string) => text.trim(),
) {
  return applyDecorators(
    Transform(({ value }) => (typeof value === 'string' ? parse(clean(value)) : value)),
    ValidateBy({
      name: 'setting',
      validator: { validate: (value) => value !== undefined, defaultMessage: () => allowed },
    }),
  );
}

/** A duration in milliseconds between two durations, both included. */
export const DurationBetween = (min: string, max: string) =>
  rule(`a duration from ${min} to ${max}, such as 30s, 15m, 12h or 30d`, (text) => {
    const value = parseDuration(text) ?? (text === '0' ? 0 : undefined);
    return value !== undefined && value >= parseDuration(min)! && value <= parseDuration(max)!
      ? value
      : undefined;
  });

/** A whole number between two others, both included. */
export const IntegerBetween = (min: number, max: number) =>
  rule(`a whole number from ${min} to ${max}`, (text) =>
    /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined,
  );

/** One of a few words. */
export const OneOf = <T extends string>(...words: T[]) =>
  rule(`one of ${words.join(', ')}`, (text) => words.find((word) => word === text));

/** Any text that `isAllowed` accepts. */
export const Text = (allowed: string, isAllowed: (text: string) => boolean) =>
  rule(allowed, (text) => (isAllowed(text) ? text : undefined));

/** Text that is taken as it is given, spaces and all, but for what files have around it: a byte order mark, line ends. */
export const ExactText = (allowed: string, isAllowed: (text: string) => boolean) =>
  rule(
    allowed,
    (text) => (isAllowed(text) ? text : undefined),
    (text) => text.replaceAll(/^\ufeff|[\r\n]+$/g, ''),
  );

/** A comma-separated list of texts that `isAllowed` accepts one by one; it sees them all. */
export const ListOf = (allowed: string, isAllowed: (text: string, all: string[]) => boolean) =>
  rule(allowed, (text) => {
    const items = text.split(',').map((item) => item.trim());
    return items.every((item) => isAllowed(item, items)) ? items : undefined;
  });
