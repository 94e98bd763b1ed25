import { bytesOf, textOf, toBase64Url } from './bytes.js';
import { readBase64Url } from './base64url-reading.js';
import { decode, type Decoded } from './decoding.js';
import { isJson, textIn, type Json } from './json.js';
import { note, type Note } from './messages.js';
import type { Jwk } from './algorithms.js';
import { isRight } from './verification.js';

/** One disclosure of an SD-JWT (RFC 9901 §4.2). */
export interface Disclosure {
  raw: string;
  digest: string;
  salt: string | undefined;
  /** `undefined` for an element of an array. */
  name: string | undefined;
  value: unknown;
  /** Where its digest stands, such as `address` or `nationalities[0]`; `undefined` when nowhere. */
  path: string | undefined;
}

/** An SD-JWT with its disclosures put in (RFC 9901 §7.1). */
export interface Disclosed {
  claims: Json;
  disclosures: Disclosure[];
  /** Digests that nothing presented belongs to: claims that are held back, or decoys. */
  hidden: number;
  problems: Note[];
}

/** WebCrypto's names of the hashes of the IANA registry that it has. */
const HASHES: Record<string, string> = { 'sha-256': 'SHA-256', 'sha-384': 'SHA-384', 'sha-512': 'SHA-512' };
const RESERVED = ['_sd', '...'];

/** Checks each disclosure against the digests of the token and puts its claim in place. Never throws. */
export async function disclose({ claims = {}, disclosures }: Decoded): Promise<Disclosed> {
  const alg = textIn(claims, '_sd_alg') ?? 'sha-256';
  const hash = HASHES[alg];
  if (!hash) return { claims, disclosures: [], hidden: 0, problems: [note('sd-alg', { alg })] };
  const problems: Note[] = [];
  const read = await Promise.all(
    disclosures.map((raw, position) => readDisclosure(raw, position, hash, problems)),
  );
  // The first of two that are the same stands in the claims; the other is what is wrong.
  const byDigest = new Map(read.toReversed().map((each) => [each.digest, each]));
  const unpacked = new Unpacking(byDigest, problems);
  const full = unpacked.object(claims, '');
  delete full['_sd_alg'];
  const seen = new Set<string>();
  for (const { digest, path, name, raw } of read) {
    const shown = name ?? raw.slice(0, 12);
    if (seen.has(digest)) problems.push(note('sd-duplicate', { name: shown }));
    else if (path === undefined) problems.push(note('sd-unreferenced', { name: shown }));
    seen.add(digest);
  }
  return { claims: full, disclosures: read, hidden: unpacked.hidden, problems };
}

/** The digest of what stands before the key binding (RFC 9901 §4.3.1), and the key that has to have signed it. */
export async function checkKeyBinding(
  decoded: Decoded,
): Promise<{ isRight: boolean; note: Note; binding: Decoded } | undefined> {
  if (decoded.keyBinding === undefined) return undefined;
  const binding = decode(decoded.keyBinding);
  const said = (code: Parameters<typeof note>[0], right = false) => ({
    isRight: right,
    note: note(code),
    binding,
  });
  const { cnf } = decoded.claims ?? {};
  if (!isJson(cnf) || !isJson(cnf['jwk'])) return said('kb-no-key');
  const hash = HASHES[textIn(decoded.claims, '_sd_alg') ?? 'sha-256'];
  const presented = decoded.token.slice(0, decoded.token.lastIndexOf('~') + 1);
  if (hash === undefined || binding.claims?.['sd_hash'] !== (await digestOf(presented, hash)))
    return said('kb-hash');
  const alg = textIn(binding.header, 'alg') ?? '';
  const jwk = cnf['jwk'] as unknown as Jwk;
  return (await isRight(binding, alg, jwk)) ? said('kb-verified', true) : said('kb-unverified');
}

async function readDisclosure(
  raw: string,
  position: number,
  hash: string,
  problems: Note[],
): Promise<Disclosure> {
  const digest = await digestOf(raw, hash);
  const parts = arrayOf(raw);
  if (
    !parts ||
    parts.length < 2 ||
    parts.length > 3 ||
    (parts.length === 3 && typeof parts[1] !== 'string')
  ) {
    problems.push(note('sd-malformed', { position: position + 1 }));
    return { raw, digest, salt: undefined, name: undefined, value: undefined, path: undefined };
  }
  const name = parts.length === 3 ? (parts[1] as string) : undefined;
  return { raw, digest, salt: String(parts[0]), name, value: parts.at(-1), path: undefined };
}

function arrayOf(raw: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(textOf(readBase64Url(raw).bytes) ?? '');
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function digestOf(text: string, hash: string): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest(hash, bytesOf(text))));
}

/** Walks the claims and what is disclosed within what is disclosed. */
class Unpacking {
  hidden = 0;

  constructor(
    private readonly byDigest: Map<string, Disclosure>,
    private readonly problems: Note[],
  ) {}

  object(source: Json, path: string): Json {
    const { _sd: digests, ...rest } = source;
    const full: Json = Object.fromEntries(
      Object.entries(rest).map(([name, value]) => [name, this.value(value, join(path, name))]),
    );
    for (const digest of Array.isArray(digests) ? digests : []) this.member(full, digest, path);
    return full;
  }

  private member(full: Json, digest: unknown, path: string): void {
    const found = this.take(digest);
    if (!found) return;
    const { name, value } = found;
    if (name === undefined) return;
    found.path = join(path, name);
    if (RESERVED.includes(name)) this.problems.push(note('sd-reserved', { name }));
    else if (name in full) this.problems.push(note('sd-conflict', { name }));
    else full[name] = this.value(value, found.path);
  }

  private value(value: unknown, path: string): unknown {
    if (Array.isArray(value)) return value.flatMap((each, index) => this.element(each, `${path}[${index}]`));
    return isJson(value) ? this.object(value, path) : value;
  }

  /** An element that is not disclosed is not there. */
  private element(element: unknown, path: string): unknown[] {
    if (!isJson(element) || !('...' in element)) return [this.value(element, path)];
    const found = this.take(element['...']);
    if (!found || found.name !== undefined) return [];
    found.path = path;
    return [this.value(found.value, path)];
  }

  private take(digest: unknown): Disclosure | undefined {
    const found = typeof digest === 'string' ? this.byDigest.get(digest) : undefined;
    if (!found) this.hidden++;
    // A digest that stands there twice would let what is disclosed contain itself.
    return found?.path === undefined ? found : undefined;
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
