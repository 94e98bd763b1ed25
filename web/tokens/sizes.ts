import type { Json } from './json.js';
import { bytesOf } from './bytes.js';
import { note, type Note } from './messages.js';

/** RFC 6265 §6.1: what browsers keep of a cookie, its name and attributes included. */
const COOKIE = 4096;
/** What nginx, Node and Tomcat take of headers unless they are told otherwise. */
const HEADERS = 8192;

/** What of a token takes the most room. */
export interface Weight {
  name: string;
  bytes: number;
}

/** Whether a token is too large for where tokens travel. Tokens are ASCII, so a character is a byte. */
export function sizeNotes({ length: bytes }: string): Note[] {
  if (bytes > HEADERS) return [note('too-big-cookie', { bytes }), note('too-big-header', { bytes })];
  return bytes > COOKIE ? [note('too-big-cookie', { bytes })] : [];
}

/** The largest claims first, in bytes of JSON. */
export function weightsOf(claims: Json, count = 5): Weight[] {
  return Object.entries(claims)
    .map(([name, value]) => ({ name, bytes: bytesOf(JSON.stringify({ [name]: value })).length - 2 }))
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, count);
}
