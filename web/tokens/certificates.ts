import type { Jwk } from './algorithms.js';
import { fromBase64, textOf, toBase64Url, toHex, type Bytes } from './bytes.js';
import {
  childOf,
  childrenOf,
  CONTEXT,
  INTEGER,
  oidOf,
  readDer,
  SEQUENCE,
  unsigned,
  type Der,
} from './der.js';
import { fromSpki } from './key-structures.js';

/** What is shown of an X.509 certificate (RFC 5280 §4.1). */
export interface Certificate {
  subject: string;
  issuer: string;
  serial: string;
  /** Milliseconds since 1970. */
  notBefore: number;
  notAfter: number;
  jwk: Jwk;
  der: Bytes;
}

const NAMES: Record<string, string> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.25': 'DC',
};
const UTC_TIME = 0x17;

/** @throws NotDer, UnsupportedKey */
export function readCertificate(bytes: Bytes): Certificate {
  const [body] = childrenOf(readDer(bytes));
  const fields = childrenOf(body!);
  // The version is there from the second on.
  if (fields[0]?.tag === CONTEXT) fields.shift();
  const [notBefore, notAfter] = childrenOf(childOf(fields, 3, SEQUENCE));
  return {
    serial: toHex(unsigned(childOf(fields, 0, INTEGER))),
    issuer: nameOf(childOf(fields, 2, SEQUENCE)),
    notBefore: timeOf(notBefore!),
    notAfter: timeOf(notAfter!),
    subject: nameOf(childOf(fields, 4, SEQUENCE)),
    jwk: fromSpki(childOf(fields, 5, SEQUENCE).whole),
    der: bytes,
  };
}

/** The chain of a header or a JWK: base64, not base64url, the certificate of the key first (RFC 7517 §4.7). */
export function readChain(x5c: unknown): Certificate[] {
  if (!Array.isArray(x5c)) return [];
  return x5c.flatMap((each) => {
    try {
      return typeof each === 'string' ? [readCertificate(fromBase64(each))] : [];
    } catch {
      return [];
    }
  });
}

/** RFC 7515 §4.1.8 */
export async function x5tOf({ der }: Certificate): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', der)));
}

function nameOf(name: Der): string {
  const pairs = childrenOf(name).flatMap((set) =>
    childrenOf(set).map((pair) => {
      const [type, value] = childrenOf(pair);
      const oid = oidOf(type!);
      return `${NAMES[oid] ?? oid}=${textOf(value!.content) ?? toHex(value!.content)}`;
    }),
  );
  return pairs.join(', ');
}

/** RFC 5280 §4.1.2.5: two digits of the year, or four. */
function timeOf({ tag, content }: Der): number {
  const digits = textOf(content) ?? '';
  const short = tag === UTC_TIME;
  const year = short ? Number(digits.slice(0, 2)) : Number(digits.slice(0, 4));
  const [month, day, hour, minute, second] = (digits.slice(short ? 2 : 4).match(/\d\d/g) ?? []).map(Number);
  const full = short ? year + (year < 50 ? 2000 : 1900) : year;
  return Date.UTC(full, (month ?? 1) - 1, day, hour, minute, second ?? 0);
}
