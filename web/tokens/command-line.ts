import { algorithmsOf, type Jwk } from './algorithms.js';
import { decode, type Decoded } from './decoding.js';
import { disclose, checkKeyBinding } from './disclosures.js';
import { decrypt, encryptionNote } from './encryption.js';
import { findTokens, type Found } from './finding.js';
import { parseObject, type Json } from './json.js';
import { readKeys } from './key-reading.js';
import { generateKey, writeKey } from './key-writing.js';
import { linksOf } from './links.js';
import { say, type Note, type Severity } from './messages.js';
import { report } from './report.js';
import { sign as signToken } from './signing.js';
import { verify as verifyToken } from './verification.js';

/** What a command has to say: to people, and the same to scripts. */
export interface Said {
  lines: string[];
  data: unknown;
  isFailure: boolean;
}

const MARKS: Record<Severity, string> = { error: '✗', warning: '!', info: '·' };

/** Everything in a pasted text that is a token, decoded. It fails when one is broken. */
export async function decodeTokens(pasted: string, now = Date.now()): Promise<Said> {
  const found = findTokens(pasted);
  const decoded = found.map(({ token }) => decode(token));
  return joined(await Promise.all(found.map((each) => explained(each, decoded, now))));
}

/** Whether each token verifies with a key of the text, is in its time, and is not broken. */
export async function verifyTokens(
  pasted: string,
  keyText: string,
  { now = Date.now(), skewS = 0 } = {},
): Promise<Said> {
  const given = { ...readKeys(keyText), source: keyText };
  const problems = given.problems.map((each) => line('error', each));
  const verdicts = findTokens(pasted).map(async ({ token, label }): Promise<Said> => {
    const { decoded, lifetime, remarks } = report(token, { now, skewS });
    if (decoded.kind === 'jwe') return decrypted(decoded, given.keys);
    const verification = await verifyToken(decoded, given);
    const binding = await checkKeyBinding(decoded);
    const isRight = verification.state === 'valid';
    const isLive = lifetime === undefined || ['live', 'eternal'].includes(lifetime.state);
    const isWhole = ![...decoded.defects, ...remarks].some(({ severity }) => severity === 'error');
    return {
      lines: [
        ...(label === undefined ? [] : [`${label}:`]),
        line(isRight ? 'info' : 'error', verification.note),
        ...verification.warnings.map((each) => line('warning', each)),
        ...(binding ? [line(binding.isRight ? 'info' : 'error', binding.note)] : []),
        ...(lifetime ? [line(isLive ? 'info' : 'error', lifetime.note)] : []),
        ...remarks.map(({ severity, note }) => line(severity, note)),
      ],
      data: {
        token,
        state: verification.state,
        said: say(verification.note),
        warnings: verification.warnings.map((each) => say(each)),
        lifetime: lifetime?.state,
        claims: decoded.claims,
      },
      isFailure: !isRight || !isLive || !isWhole || binding?.isRight === false,
    };
  });
  const said = joined(await Promise.all(verdicts));
  return { ...said, lines: [...problems, ...said.lines] };
}

/**
 * A token of claims as they were typed.
 * @param options `header` is JSON; `alg` is the usual one of the key unless it is given
 * @throws NotSigned, or SyntaxError for a header that is no JSON
 */
export async function signClaims(
  claims: string,
  keyText: string,
  options: { alg?: string; header?: string; isInsisting?: boolean } = {},
): Promise<Said> {
  const { keys } = readKeys(keyText);
  const [key] = keys;
  const given = options.header === undefined ? {} : (parseObject(options.header) ?? {});
  const alg = options.alg ?? given['alg'] ?? (key && algorithmsOf(key.jwk)[0]?.name);
  const header: Json = { ...given, ...(alg !== undefined && { alg }) };
  if (key?.jwk.kid !== undefined && header['kid'] === undefined) header['kid'] = key.jwk.kid;
  const token = await signToken(header, claims.trim(), key?.jwk, options.isInsisting);
  return { lines: [token], data: { token, header }, isFailure: false };
}

/**
 * A new key, as JWK or PEM.
 * @throws TypeError for an unknown algorithm
 */
export async function makeKey(alg: string, format: 'jwk' | 'pem', bits?: number): Promise<Said> {
  return shown(await generateKey(alg, bits), format);
}

/** The keys of a text in another form, each with its thumbprint. It fails when one cannot be read. */
export async function convertKeys(keyText: string, format: 'jwk' | 'pem'): Promise<Said> {
  const { keys, problems } = readKeys(keyText);
  const said = joined(await Promise.all(keys.map(({ jwk }) => shown(jwk, format))));
  const lines = problems.map((each) => line('error', each));
  return { ...said, lines: [...said.lines, ...lines], isFailure: problems.length > 0 || keys.length === 0 };
}

async function shown(key: Jwk, format: 'jwk' | 'pem'): Promise<Said> {
  const written = await writeKey(key);
  const { jwk, privatePem, publicPem } = written;
  const pem = [privatePem, publicPem].flatMap((each) => (each === undefined ? [] : [each.trimEnd()]));
  const isPem = format === 'pem' && pem.length > 0;
  return { lines: isPem ? pem : [JSON.stringify(jwk, null, 2)], data: written, isFailure: false };
}

async function explained({ token, label }: Found, all: Decoded[], now: number): Promise<Said> {
  const { decoded, lifetime, remarks } = report(token, { now });
  const { kind, header, claims, defects } = decoded;
  const sd = kind === 'sd-jwt' ? await disclose(decoded) : undefined;
  const links = await linksOf(decoded, all);
  const lines = [
    ...(label === undefined ? [] : [`${label}:`]),
    ...(lifetime ? [line(lifetime.state === 'expired' ? 'error' : 'info', lifetime.note)] : []),
    ...(kind === 'jwe' ? [line('info', encryptionNote(decoded))] : []),
    ...defects.map(({ severity, note, part, at, byte }) => {
      const place = byte === undefined ? '' : `, byte ${byte} of it`;
      return `${line(severity, note)} (${part}, character ${at}${place})`;
    }),
    ...remarks.map(({ severity, note }) => line(severity, note)),
    ...(sd?.problems ?? []).map((each) => line('error', each)),
    ...links.map(({ isRight, note }) => line(isRight ? 'info' : 'error', note)),
    ...(header ? [JSON.stringify(header, null, 2)] : []),
    ...(claims ? [JSON.stringify(sd?.claims ?? claims, null, 2)] : []),
  ];
  const isFailure = defects.some(({ severity }) => severity === 'error');
  const places = defects.map(({ note, ...place }) => ({ ...place, code: note.code, said: say(note) }));
  const said = remarks.map(({ severity, note }) => ({ severity, code: note.code, said: say(note) }));
  const data = { label, kind, header, claims: sd?.claims ?? claims, lifetime: lifetime?.state };
  return { lines, data: { ...data, defects: places, remarks: said }, isFailure };
}

async function decrypted(decoded: Decoded, keys: Parameters<typeof decrypt>[1]): Promise<Said> {
  const { state, note, plaintext } = await decrypt(decoded, keys);
  const isOpen = state === 'decrypted';
  return {
    lines: [line(isOpen ? 'info' : 'error', note), ...(plaintext === undefined ? [] : [plaintext])],
    data: { token: decoded.token, state, said: say(note), plaintext },
    isFailure: !isOpen,
  };
}

function joined(all: Said[]): Said {
  return {
    lines: all.flatMap(({ lines }, position) => (position === 0 ? lines : ['', ...lines])),
    data: all.map(({ data }) => data),
    isFailure: all.length === 0 || all.some(({ isFailure }) => isFailure),
  };
}

function line(severity: Severity, what: Note): string {
  return `${MARKS[severity]} ${say(what)}`;
}
