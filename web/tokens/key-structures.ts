import { withoutAbsent, type Jwk } from './algorithms.js';
import { fromBase64, toBase64Url, type Bytes } from './bytes.js';
import {
  BIT_STRING,
  bitsOf,
  childOf,
  childrenOf,
  CONTEXT,
  der,
  derBits,
  derInteger,
  derOid,
  INTEGER,
  NotDer,
  NULL,
  OCTET_STRING,
  OID,
  oidOf,
  readDer,
  SEQUENCE,
  unsigned,
  type Der,
} from './der.js';

const RSA = '1.2.840.113549.1.1.1';
const RSA_PSS = '1.2.840.113549.1.1.10';
const EC = '1.2.840.10045.2.1';
const CURVES: Record<string, { crv: string; bytes: number }> = {
  '1.2.840.10045.3.1.7': { crv: 'P-256', bytes: 32 },
  '1.3.132.0.34': { crv: 'P-384', bytes: 48 },
  '1.3.132.0.35': { crv: 'P-521', bytes: 66 },
  '1.3.132.0.10': { crv: 'secp256k1', bytes: 32 },
};
/** RFC 8410 §3 */
const OKP: Record<string, string> = {
  '1.3.101.110': 'X25519',
  '1.3.101.111': 'X448',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
};
/** RFC 9881 §2 */
const ML_DSA: Record<string, string> = {
  '2.16.840.1.101.3.4.3.17': 'ML-DSA-44',
  '2.16.840.1.101.3.4.3.18': 'ML-DSA-65',
  '2.16.840.1.101.3.4.3.19': 'ML-DSA-87',
};
const RSA_MEMBERS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const;
const UNCOMPRESSED = 0x04;

/** A key of a kind that JOSE has no name for. */
export class UnsupportedKey extends Error {}

/** SubjectPublicKeyInfo (RFC 5280 §4.1): `BEGIN PUBLIC KEY`. @throws NotDer, UnsupportedKey */
export function fromSpki(bytes: Bytes): Jwk {
  const info = childrenOf(readDer(bytes));
  const [algorithm, parameters] = childrenOf(childOf(info, 0, SEQUENCE));
  const key = bitsOf(childOf(info, 1, BIT_STRING));
  const oid = oidOf(algorithm!);
  if (oid === RSA || oid === RSA_PSS) return fromPkcs1Public(key);
  if (oid === EC) return ecPublic(curveOf(parameters), key);
  if (OKP[oid]) return { kty: 'OKP', crv: OKP[oid], x: toBase64Url(key) };
  if (ML_DSA[oid]) return { kty: 'AKP', alg: ML_DSA[oid], pub: toBase64Url(key) };
  throw new UnsupportedKey(oid);
}

/** PrivateKeyInfo (RFC 5208 §5, RFC 5958 §2): `BEGIN PRIVATE KEY`. An elliptic one may lack its public half. */
export function fromPkcs8(bytes: Bytes): Jwk {
  const info = childrenOf(readDer(bytes));
  const [algorithm, parameters] = childrenOf(childOf(info, 1, SEQUENCE));
  const key = childOf(info, 2, OCTET_STRING).content;
  const oid = oidOf(algorithm!);
  if (oid === RSA || oid === RSA_PSS) return fromPkcs1Private(key);
  if (oid === EC) return fromSec1(key, parameters);
  if (OKP[oid]) return { kty: 'OKP', crv: OKP[oid], d: toBase64Url(readDer(key).content) };
  if (ML_DSA[oid]) return { kty: 'AKP', alg: ML_DSA[oid], priv: toBase64Url(seedOf(readDer(key))) };
  throw new UnsupportedKey(oid);
}

/** RFC 8017 appendix A.1.1: `BEGIN RSA PUBLIC KEY` */
export function fromPkcs1Public(bytes: Bytes): Jwk {
  const numbers = childrenOf(readDer(bytes));
  const [n, e] = [0, 1].map((position) => toBase64Url(unsigned(childOf(numbers, position, INTEGER))));
  return { kty: 'RSA', n: n!, e: e! };
}

/** RFC 8017 appendix A.1.2: `BEGIN RSA PRIVATE KEY` */
export function fromPkcs1Private(bytes: Bytes): Jwk {
  const [, ...numbers] = childrenOf(readDer(bytes));
  const members = RSA_MEMBERS.map((name, position) => [
    name,
    toBase64Url(unsigned(childOf(numbers, position, INTEGER))),
  ]);
  return { kty: 'RSA', ...(Object.fromEntries(members) as Partial<Jwk>) };
}

/** RFC 5915 §3: `BEGIN EC PRIVATE KEY` */
export function fromSec1(bytes: Bytes, parameters?: Der): Jwk {
  const children = childrenOf(readDer(bytes));
  const d = childOf(children, 1, OCTET_STRING).content;
  const within = (position: number) => {
    const found = children.find(({ tag }) => tag === CONTEXT + position);
    return found && childrenOf(found)[0];
  };
  const curve = curveOf(within(0) ?? parameters);
  const point = within(1);
  const half = point ? ecPublic(curve, bitsOf(point)) : { kty: 'EC', crv: curve.crv };
  const padded = new Uint8Array(curve.bytes);
  padded.set(d, curve.bytes - d.length);
  return { ...half, d: toBase64Url(padded) };
}

function seedOf(key: Der): Bytes {
  // RFC 9881 §6: the seed alone is [0], and both is a sequence that begins with it.
  const seed = key.tag === SEQUENCE ? childrenOf(key)[0]! : key;
  if (seed.content.length !== 32) throw new UnsupportedKey('ML-DSA without its seed');
  return seed.content;
}

function curveOf(parameters: Der | undefined): { crv: string; bytes: number } {
  if (parameters?.tag !== OID) throw new NotDer('it does not name its curve');
  const oid = oidOf(parameters);
  const curve = CURVES[oid];
  if (!curve) throw new UnsupportedKey(oid);
  return curve;
}

function ecPublic({ crv, bytes }: { crv: string; bytes: number }, point: Bytes): Jwk {
  if (point[0] !== UNCOMPRESSED || point.length !== 1 + 2 * bytes)
    throw new UnsupportedKey(`${crv}, as a compressed point`);
  const [x, y] = [point.subarray(1, 1 + bytes), point.subarray(1 + bytes)];
  return { kty: 'EC', crv, x: toBase64Url(x), y: toBase64Url(y) };
}

/** @throws UnsupportedKey for a secret */
export function toSpki(key: Jwk): Bytes {
  return der(SEQUENCE, identifierOf(key), derBits(publicBytes(key)));
}

/** @throws UnsupportedKey for a secret; @throws TypeError for a public key */
export function toPkcs8(key: Jwk): Bytes {
  return der(SEQUENCE, derInteger(Uint8Array.of(0)), identifierOf(key), der(OCTET_STRING, privateBytes(key)));
}

function identifierOf({ kty, crv, alg }: Jwk): Bytes {
  if (kty === 'RSA') return der(SEQUENCE, derOid(RSA), der(NULL));
  if (kty === 'EC') {
    const curve = Object.keys(CURVES).find((oid) => CURVES[oid]!.crv === crv);
    if (curve) return der(SEQUENCE, derOid(EC), derOid(curve));
  }
  const oid = kty === 'OKP' ? oidIn(OKP, crv) : oidIn(ML_DSA, alg);
  if (!oid) throw new UnsupportedKey(`${kty} ${crv ?? alg ?? ''}`.trim());
  return der(SEQUENCE, derOid(oid));
}

function oidIn(table: Record<string, string>, name: string | undefined): string | undefined {
  return Object.keys(table).find((oid) => table[oid] === name);
}

function publicBytes({ kty, x = '', y = '', n = '', e = '', pub = '' }: Jwk): Bytes {
  if (kty === 'RSA') return der(SEQUENCE, derInteger(fromBase64(n)), derInteger(fromBase64(e)));
  if (kty === 'EC') return Uint8Array.from([UNCOMPRESSED, ...fromBase64(x), ...fromBase64(y)]);
  return fromBase64(kty === 'OKP' ? x : pub);
}

function privateBytes(key: Jwk): Bytes {
  const secret = fromBase64(key.d ?? key.priv ?? missing());
  if (key.kty === 'OKP') return der(OCTET_STRING, secret);
  if (key.kty === 'AKP') return der(0x80, secret);
  if (key.kty === 'EC') {
    const point = key.x ? [der(CONTEXT + 1, derBits(publicBytes(key)))] : [];
    return der(SEQUENCE, derInteger(Uint8Array.of(1)), der(OCTET_STRING, secret), ...point);
  }
  const numbers = RSA_MEMBERS.map((name) => derInteger(fromBase64(key[name] ?? missing())));
  return der(SEQUENCE, derInteger(Uint8Array.of(0)), ...numbers);
}

function missing(): never {
  throw new TypeError('the private half of the key is missing');
}

/** A public or private JWK of the members that matter, for comparing and for thumbprints. */
export function bare({ kty, crv, x, y, n, e, k, alg, pub }: Jwk): Jwk {
  return withoutAbsent({ kty, crv, x, y, n, e, k, pub, alg: kty === 'AKP' ? alg : undefined });
}
