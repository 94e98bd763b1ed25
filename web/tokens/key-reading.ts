import { isPrivate, type Jwk } from './algorithms.js';
import { fromBase64, fromHex, bytesOf, toBase64Url, type Bytes } from './bytes.js';
import { readCertificate, readChain, type Certificate } from './certificates.js';
import { NotDer } from './der.js';
import { isJson, type Json } from './json.js';
import {
  fromPkcs1Private,
  fromPkcs1Public,
  fromPkcs8,
  fromSec1,
  fromSpki,
  UnsupportedKey,
} from './key-structures.js';
import { note, type Note } from './messages.js';
import { fromSshPrivate, fromSshPublic } from './openssh.js';

/** A key that was found in a text, and how the text was read. */
export interface Key {
  jwk: Jwk;
  readAs: Note;
  /** The certificate it came in, and those above it. */
  chain: Certificate[];
}

/** All keys of a text. A secret comes once for each way to read it. */
export interface KeyReading {
  keys: Key[];
  problems: Note[];
}

const PEM = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)(?:-----END \1-----)?/g;
const SSH = /^(?:ssh-[\w-]+|ecdsa-sha2-\S+|sk-\S+) [\w+/=]+/;
const FORMATS: Record<string, [name: string, read: (bytes: Bytes) => Jwk]> = {
  'PUBLIC KEY': ['PEM (SPKI)', fromSpki],
  'PRIVATE KEY': ['PEM (PKCS#8)', fromPkcs8],
  'RSA PUBLIC KEY': ['PEM (PKCS#1)', fromPkcs1Public],
  'RSA PRIVATE KEY': ['PEM (PKCS#1)', fromPkcs1Private],
  'EC PRIVATE KEY': ['PEM (SEC 1)', fromSec1],
  'OPENSSH PRIVATE KEY': ['OpenSSH key', fromSshPrivate],
};

/**
 * All keys that a text holds: PEM in six formats, X.509, a JWK, a JWKS, OpenSSH, or else a secret, read as text, hex,
 * base64 and base64url. Never throws.
 */
export function readKeys(source: string): KeyReading {
  const text = source.trim();
  if (text === '') return { keys: [], problems: [] };
  if (text.includes('-----BEGIN ')) return readPem(text);
  if (SSH.test(text)) return attempt('OpenSSH key', () => [keyOf(fromSshPublic(text), 'OpenSSH key')]);
  const json = parsed(text);
  return isJson(json) ? readJwks(json) : { keys: secretsOf(source), problems: [] };
}

function readPem(text: string): KeyReading {
  const chain: Certificate[] = [];
  const all: KeyReading = { keys: [], problems: [] };
  for (const [, label = '', body = ''] of text.matchAll(PEM)) {
    const { keys, problems } = readBlock(label, body, chain);
    all.keys.push(...keys);
    all.problems.push(...problems);
  }
  const [leaf] = chain;
  if (leaf) all.keys.unshift({ jwk: leaf.jwk, readAs: note('key-as', { format: 'X.509' }), chain });
  if (all.keys.length + all.problems.length === 0) all.problems.push(note('key-none'));
  return all;
}

function readBlock(label: string, body: string, chain: Certificate[]): KeyReading {
  if (label === 'ENCRYPTED PRIVATE KEY' || body.includes('ENCRYPTED'))
    return { keys: [], problems: [note('key-encrypted')] };
  // OpenSSL writes the curve into a block of its own in front of the key.
  if (label === 'EC PARAMETERS') return { keys: [], problems: [] };
  const bytes = () => fromBase64(body.replaceAll(/\s/g, ''));
  if (label === 'CERTIFICATE')
    return attempt('X.509', () => {
      chain.push(readCertificate(bytes()));
      return [];
    });
  const format = FORMATS[label];
  if (!format) return { keys: [], problems: [note('key-unsupported', { kind: label })] };
  const [name, read] = format;
  return attempt(name, () => [keyOf(read(bytes()), name)]);
}

function readJwks(json: Json): KeyReading {
  const isSet = Array.isArray(json['keys']);
  const all: KeyReading = { keys: [], problems: [] };
  const members = isSet ? (json['keys'] as unknown[]) : [json['jwk'] ?? json];
  for (const [position, member] of members.entries()) {
    if (!isJson(member) || typeof member['kty'] !== 'string') {
      all.problems.push(
        note('key-broken', { format: 'JWK', reason: note('key-no-kty', { position: position + 1 }) }),
      );
      continue;
    }
    const jwk = member as unknown as Jwk;
    const chain = readChain(member['x5c']);
    all.keys.push({ jwk, readAs: jwkNote(jwk, position, isSet), chain });
  }
  if (all.keys.length + all.problems.length === 0) all.problems.push(note('key-none'));
  return all;
}

function jwkNote({ kid }: Jwk, position: number, isSet: boolean): Note {
  if (kid !== undefined) return note('key-as-named', { kid, format: isSet ? 'JWKS' : 'JWK' });
  return isSet ? note('key-as-numbered', { position: position + 1 }) : note('key-as', { format: 'JWK' });
}

/** What was tried: the one key, or how many. */
export function triedNote(keys: readonly Key[]): Note {
  return keys.length === 1 ? keys[0]!.readAs : note('keys-tried', { count: keys.length });
}

/** A secret as its text and as what it may be an encoding of; the text with its line feed, if it has one, last. */
export function secretsOf(source: string): Key[] {
  const text = source.trim();
  const keys = [secret(bytesOf(text), note('key-as-utf8'))];
  if (/^(?:[\da-fA-F]{2}:?)+$/.test(text)) keys.push(secret(fromHex(text), note('key-as-hex')));
  const compact = text.replaceAll(/\s/g, '').replace(/={1,2}$/, '');
  if (compact.length % 4 !== 1 && compact.length > 1) {
    if (/^[\w-]+$/.test(compact)) keys.push(secret(fromBase64(compact), note('key-as-base64url')));
    else if (/^[A-Za-z\d+/]+$/.test(compact)) keys.push(secret(fromBase64(compact), note('key-as-base64')));
  }
  if (source !== text) keys.push(secret(bytesOf(source), note('key-as-utf8')));
  return keys;
}

function secret(bytes: Bytes, readAs: Note): Key {
  return { jwk: { kty: 'oct', k: toBase64Url(bytes) }, readAs, chain: [] };
}

function keyOf(jwk: Jwk, format: string): Key {
  const readAs = note(isPrivate(jwk) ? 'key-as-private' : 'key-as-public', { format });
  return { jwk, readAs, chain: [] };
}

function attempt(format: string, read: () => Key[]): KeyReading {
  try {
    return { keys: read(), problems: [] };
  } catch (error) {
    if (error instanceof UnsupportedKey)
      return { keys: [], problems: [note('key-unsupported', { kind: error.message })] };
    const reason = error instanceof NotDer ? error.message : 'it is not base64';
    return { keys: [], problems: [note('key-broken', { format, reason })] };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
