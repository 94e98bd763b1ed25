import { randomInt } from 'node:crypto';

/** Without vowels, so that no word comes out; without what looks like something else (RFC 8628 §6.1). */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;

/** A code that a user types in, as its letters alone. */
export function newUserCode(): string {
  return Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

/** The letters of a code, however it was typed; `undefined` when there are not as many as a code has. */
export function lettersOf(typed: string): string | undefined {
  const letters = typed
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^A-Z]/g, '');
  return letters.length === LENGTH ? letters : undefined;
}

/** In two halves, as people read it. */
export function shownUserCode(letters: string): string {
  return `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}`;
}
