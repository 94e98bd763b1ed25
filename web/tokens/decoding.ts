import { ALGORITHMS } from './algorithms.js';
import { readBase64Url, type Finding } from './base64url-reading.js';
import { bytesOf, firstBadByte, textOf, type Bytes } from './bytes.js';
import { isJson, type Json } from './json.js';
import { readJson } from './json-reading.js';
import { note, type Note, type Severity } from './messages.js';

export type PartName =
  | 'token'
  | 'header'
  | 'payload'
  | 'signature'
  | 'encrypted key'
  | 'iv'
  | 'ciphertext'
  | 'tag'
  | 'disclosure'
  | 'key binding';

/** Something wrong with a token, at the character of the token where it begins. */
export interface Defect {
  part: PartName;
  /** Counted from 0 in the token. */
  at: number;
  /** Counted from 0 in what the part decodes to, where it is wrong inside. */
  byte?: number;
  severity: Severity;
  note: Note;
}

/** One part of a token, as it stands there and as it decodes. */
export interface Part {
  name: PartName;
  start: number;
  raw: string;
  bytes: Bytes;
  /** `undefined` unless it is UTF-8. */
  text: string | undefined;
}

/** All that can be read of a token without a key. */
export interface Decoded {
  kind: 'jws' | 'jwe' | 'sd-jwt' | 'opaque';
  token: string;
  /** The token up to the signature, without disclosures and key binding. */
  jwt: string;
  parts: Part[];
  header: Json | undefined;
  /** `undefined` for what is encrypted, and for what is no JSON object. */
  claims: Json | undefined;
  disclosures: string[];
  keyBinding: string | undefined;
  defects: Defect[];
}

/** What a signature begins with that is a sequence of DER, and how long one of Ed448 is. */
const DER = 0x30;
const ED448 = 114;

const JWS: PartName[] = ['header', 'payload', 'signature'];
const JWE: PartName[] = ['header', 'encrypted key', 'iv', 'ciphertext', 'tag'];
const WARNINGS = new Set([
  'padding',
  'base64-alphabet',
  'base64-space',
  'base64-bits',
  'json-duplicate',
  'json-precision',
]);

/** Decodes what can be decoded, and says at which byte the rest is wrong. Never throws. */
export function decode(token: string): Decoded {
  const [jwt = '', ...tail] = token.split('~');
  const raws = jwt.split('.');
  const defects: Defect[] = [];
  const header = readHeader(raws[0]!, defects);
  const isEncrypted = raws.length === 5 || (raws.length > 3 && header?.['enc'] !== undefined);
  const isPlain = header?.['b64'] === false;
  const parts = partsOf(raws, isEncrypted ? JWE : JWS, defects, isPlain);
  const payload = isEncrypted ? undefined : parts.find(({ name }) => name === 'payload');
  const claims = payload && readObject(payload, isPlain, defects);
  const isToken = header !== undefined || claims !== undefined;
  const decoded: Decoded = {
    kind: isToken ? kindOf(isEncrypted, tail) : 'opaque',
    token,
    jwt,
    parts,
    header,
    claims,
    disclosures: tail.slice(0, -1),
    keyBinding: tail.at(-1) || undefined,
    defects,
  };
  if (isToken) defects.push(...countDefects(raws, isEncrypted), ...signatureDefects(decoded));
  else decoded.defects = [whole('error', note('not-a-token'))];
  return decoded;
}

function kindOf(isEncrypted: boolean, tail: string[]): Decoded['kind'] {
  if (isEncrypted) return 'jwe';
  return tail.length > 0 ? 'sd-jwt' : 'jws';
}

function readHeader(raw: string, defects: Defect[]): Json | undefined {
  const [part] = partsOf([raw], ['header'], []);
  return readObject(part!, false, defects);
}

function partsOf(raws: string[], names: PartName[], defects: Defect[], isPlain = false): Part[] {
  let start = 0;
  return raws.slice(0, names.length).map((raw, position) => {
    const name = names[position]!;
    // RFC 7797 §3: under `b64: false` a payload is not encoded.
    const { bytes, findings } =
      isPlain && name === 'payload' ? { bytes: bytesOf(raw), findings: [] } : readBase64Url(raw);
    const part = { name, start, raw, bytes, text: textOf(bytes) };
    for (const { note: what, at } of findings)
      defects.push({ part: name, at: start + at, severity: severityOf(what), note: what });
    start += raw.length + 1;
    return part;
  });
}

function readObject(part: Part, isPlain: boolean, defects: Defect[]): Json | undefined {
  if (part.raw === '') {
    defects.push({ part: part.name, at: part.start, severity: 'error', note: note('part-empty') });
    return undefined;
  }
  const fault = (byte: number, what: Note) =>
    defects.push({
      part: part.name,
      at: part.start + (isPlain ? byte : Math.floor((byte * 4) / 3)),
      byte,
      severity: severityOf(what),
      note: what,
    });
  if (part.text === undefined) fault(firstBadByte(part.bytes), note('utf8'));
  // What is not UTF-8 is read with replacement characters, rather than not at all.
  const text = part.text ?? new TextDecoder().decode(part.bytes);
  const { value, findings } = readJson(text);
  if (value === undefined && part.name === 'payload') {
    // RFC 7515 appendix A.4: the payload of a JWS may be anything.
    fault(0, note('not-json'));
    return undefined;
  }
  for (const finding of findings) fault(byteAt(text, finding), finding.note);
  if (isJson(value)) return value;
  if (value !== undefined) fault(0, note('json-not-object'));
  return undefined;
}

function byteAt(text: string, { at }: Finding): number {
  return bytesOf(text.slice(0, at)).length;
}

function severityOf({ code }: Note): Severity {
  if (code === 'not-json') return 'info';
  return WARNINGS.has(code) ? 'warning' : 'error';
}

function countDefects({ length: count }: string[], isEncrypted: boolean): Defect[] {
  if (count < 3) return [whole('error', note('part-missing', { count }))];
  if (count === 3 || (isEncrypted && count === 5)) return [];
  return [whole('error', note('part-extra', { count }))];
}

function signatureDefects({ kind, header, parts }: Decoded): Defect[] {
  const signature = parts.find(({ name }) => name === 'signature');
  if (kind === 'jwe' || !signature || !header) return [];
  const { alg } = header;
  const at = signature.start;
  if (alg === 'none' && signature.raw !== '')
    return [{ part: 'signature', at, severity: 'error', note: note('signature-on-none') }];
  if (signature.raw === '' && typeof alg === 'string' && alg !== 'none')
    return [{ part: 'signature', at, severity: 'error', note: note('signature-missing', { alg }) }];
  const wrong = lengthProblem(alg, signature.bytes);
  return wrong ? [{ part: 'signature', at, severity: 'error', note: wrong }] : [];
}

/** RSA's is as long as its key, and EdDSA's has one of two lengths. */
function lengthProblem(alg: unknown, { length, 0: first }: Bytes): Note | undefined {
  const algorithm = ALGORITHMS.find(({ name }) => name === alg);
  const expected = algorithm?.signatureLength;
  if (!algorithm || expected === undefined || length === expected) return undefined;
  if (algorithm.kty === 'EC' && first === DER) return note('signature-der');
  if (algorithm.name === 'EdDSA' && length === ED448) return undefined;
  return note('signature-length', { length, alg: algorithm.name, expected });
}

function whole(severity: Severity, what: Note): Defect {
  return { part: 'token', at: 0, severity, note: what };
}
