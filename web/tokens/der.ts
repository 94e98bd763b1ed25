import { concat, type Bytes } from './bytes.js';

/** One value of DER (X.690): its tag, its content, and all of it. */
export interface Der {
  tag: number;
  content: Bytes;
  whole: Bytes;
}

export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const NULL = 0x05;
export const OID = 0x06;
export const SEQUENCE = 0x30;
/** Constructed and context-specific: `[0]`, `[1]`, … */
export const CONTEXT = 0xa0;

/** Bytes that are not the structure they should be. */
export class NotDer extends Error {}

/**
 * Reads one value from the beginning.
 * @throws NotDer when it is cut off, or longer than 2^31 bytes
 */
export function readDer(bytes: Bytes): Der {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) throw new NotDer('it ends too early');
  const extra = first < 0x80 ? 0 : first & 0x7f;
  if (extra > 4) throw new NotDer('a length is too long');
  let length = extra === 0 ? first : 0;
  for (let index = 0; index < extra; index++) length = length * 256 + (bytes[2 + index] ?? 0);
  const start = 2 + extra;
  if (start + length > bytes.length) throw new NotDer('it ends too early');
  return { tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(0, start + length) };
}

/** @throws NotDer */
export function childrenOf({ content }: Der): Der[] {
  const children: Der[] = [];
  for (let rest = content; rest.length > 0;) {
    const child = readDer(rest);
    children.push(child);
    rest = rest.subarray(child.whole.length);
  }
  return children;
}

/** @throws NotDer when there is no such child, or it is of another tag */
export function childOf(children: Der[], position: number, tag: number): Der {
  const child = children[position];
  if (child?.tag !== tag) throw new NotDer('it has another structure');
  return child;
}

/** A positive integer without the zero in front that keeps it positive. */
export function unsigned({ content }: Der): Bytes {
  let start = 0;
  while (start < content.length - 1 && content[start] === 0) start++;
  return content.subarray(start);
}

/** The bytes of a bit string, of which every bit is used. */
export function bitsOf({ content }: Der): Bytes {
  return content.subarray(1);
}

/** `1.2.840.10045.2.1` */
export function oidOf({ content }: Der): string {
  const [first = 0] = content;
  const arcs = [Math.min(2, Math.floor(first / 40)), first % 40];
  let arc = 0;
  for (const byte of content.subarray(1)) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  return arcs.join('.');
}

export function der(tag: number, ...contents: Uint8Array[]): Bytes {
  const content = concat(...contents);
  return concat(Uint8Array.of(tag, ...lengthOf(content.length)), content);
}

export function derInteger(unsignedBytes: Uint8Array): Bytes {
  const needsZero = (unsignedBytes[0] ?? 0) >= 0x80;
  return der(INTEGER, needsZero ? Uint8Array.of(0) : new Uint8Array(), unsignedBytes);
}

export function derOid(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(OID, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

export function derBits(bytes: Uint8Array): Bytes {
  return der(BIT_STRING, Uint8Array.of(0), bytes);
}

function base128(arc: number): number[] {
  const digits = [arc & 0x7f];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
    digits.unshift(0x80 | (rest & 0x7f));
  return digits;
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest & 0xff);
  return [0x80 | digits.length, ...digits];
}
