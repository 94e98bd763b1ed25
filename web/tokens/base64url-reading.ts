import { fromBase64, type Bytes } from './bytes.js';
import { note, type Note } from './messages.js';

/** Something wrong at a character of what was read. */
export interface Finding {
  note: Note;
  at: number;
}

const CLEAN = /^[\w-]*$/;
/** Bits of the last character that no byte uses, by the length of the text modulo 4. */
const UNUSED_BITS: Record<number, number> = { 2: 0b1111, 3: 0b11 };
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** All base64url there is, with each kind of mistake at its first character. Never throws. */
export function readBase64Url(text: string): { bytes: Bytes; findings: Finding[] } {
  const { clean, findings } = CLEAN.test(text) ? { clean: text, findings: [] } : cleaned(text);
  const rest = clean.length % 4;
  if (rest === 1)
    findings.push({ note: note('base64-length', { length: clean.length }), at: text.length - 1 });
  const bytes = fromBase64(rest === 1 ? clean.slice(0, -1) : clean);
  const unused = UNUSED_BITS[rest];
  if (unused && ALPHABET.indexOf(clean.at(-1)!) & unused)
    findings.push({ note: note('base64-bits'), at: text.length - 1 });
  return { bytes, findings };
}

/** The characters of base64url, and what is said of the others. */
function cleaned(text: string): { clean: string; findings: Finding[] } {
  const found = new Map<string, Finding>();
  // A character that was mistyped keeps its place; one that was put in between has none.
  const stands = text.replaceAll(/[^\w+/-]/g, '').length % 4 === 1 ? 'A' : '';
  let clean = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (CLEAN.test(character)) {
      clean += character;
      continue;
    }
    const instead = { '+': '-', '/': '_' }[character];
    clean += instead ?? (/[=\s]/.test(character) ? '' : stands);
    const complaint = complaintAbout(character, instead);
    if (!found.has(complaint.code)) found.set(complaint.code, { note: complaint, at });
  }
  return { clean, findings: [...found.values()] };
}

function complaintAbout(character: string, instead: string | undefined): Note {
  if (instead) return note('base64-alphabet', { character, instead });
  if (character === '=') return note('padding');
  if (/\s/.test(character)) return note('base64-space');
  return note('base64-character', { character: visible(character) });
}

/** A character as it can be shown: U+202E and the like would turn the text around. */
export function visible(character: string): string {
  return /^[!-~]$/.test(character)
    ? `"${character}"`
    : `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}
