import type { Json } from './json.js';
import { note, type Note, type Severity } from './messages.js';

/** Claims that count the seconds since 1970, in the order of a token's life. */
export const TIMES = ['auth_time', 'iat', 'nbf', 'exp', 'updated_at'] as const;

/** In seconds this is the year 5138, so the value is in milliseconds. */
const MILLISECONDS = 1e11;
const UNITS = [
  ['year', 31_557_600],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** Where a token is in its life. */
export interface Lifetime {
  state: 'live' | 'expired' | 'not-yet' | 'eternal';
  note: Note;
  /** When the state changes next, in milliseconds since 1970. */
  changesAt: number | undefined;
}

/** A claim's time in milliseconds since 1970, in either unit; `undefined` for what is no number. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Math.abs(value) > MILLISECONDS ? value : value * 1000;
}

/**
 * Whether a token is in its time.
 * @param now in milliseconds since 1970
 * @param skewS how many seconds the clocks may differ
 */
export function lifetimeOf(claims: Json, now: number, skewS = 0, locale = 'en'): Lifetime {
  const skew = skewS * 1000;
  const begins = timeOf(claims['nbf']);
  const ends = timeOf(claims['exp']);
  const when = (time: number) => timeInWords(time, now, locale);
  if (ends !== undefined && now >= ends + skew)
    return { state: 'expired', note: note('expired', { when: when(ends) }), changesAt: undefined };
  if (begins !== undefined && now < begins - skew)
    return { state: 'not-yet', note: note('not-yet', { when: when(begins) }), changesAt: begins - skew };
  if (ends === undefined) return { state: 'eternal', note: note('eternal'), changesAt: undefined };
  if (now >= ends)
    return { state: 'live', note: note('expired-within', { when: when(ends) }), changesAt: ends + skew };
  return { state: 'live', note: note('live', { when: when(ends) }), changesAt: ends + skew };
}

/** What is odd about the times of a token. */
export function timeNotes(claims: Json, now: number, skewS = 0): { severity: Severity; note: Note }[] {
  const said: { severity: Severity; note: Note }[] = [];
  for (const name of TIMES) {
    const value = claims[name];
    if (value === undefined) continue;
    if (typeof value !== 'number') said.push({ severity: 'error', note: note('time-type', { name }) });
    else if (Math.abs(value) > MILLISECONDS)
      said.push({ severity: 'error', note: note('milliseconds', { name }) });
  }
  const issued = timeOf(claims['iat']);
  if (issued !== undefined && issued > now + skewS * 1000)
    said.push({ severity: 'warning', note: note('iat-future') });
  const [begins, ends] = [timeOf(claims['nbf']), timeOf(claims['exp'])];
  if (begins !== undefined && ends !== undefined && begins >= ends)
    said.push({ severity: 'error', note: note('nbf-after-exp') });
  return said;
}

/** `in 14 minutes`, `3 days ago` */
export function timeInWords(time: number, now: number, locale = 'en'): string {
  const away = (time - now) / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(away) >= length) ?? ['second', 1];
  return new Intl.RelativeTimeFormat(locale).format(Math.trunc(away / size), unit);
}
