import { isPrivate, type Algorithm, type Jwk } from './algorithms.js';
import { toBase64Url, type Bytes } from './bytes.js';
import { toPkcs8 } from './key-structures.js';

/** Who computes signatures where WebCrypto does not, each loaded when it is first needed. */
export interface Engine {
  sign: (key: Jwk, data: Bytes) => Uint8Array;
  verify: (key: Jwk, data: Bytes, signature: Bytes) => boolean;
  /** A private key with its public half. */
  complete: (key: Jwk) => Jwk;
  generate: (alg: string) => Jwk;
}

const LIBRARIES = {
  secp256k1: () => import('./engine-secp256k1.js'),
  ed448: () => import('./engine-ed448.js'),
  'ml-dsa': () => import('./engine-ml-dsa.js'),
};

export async function loadEngine(name: keyof typeof LIBRARIES): Promise<Engine> {
  return (await LIBRARIES[name]()).engine;
}

/** @throws DOMException or Error for a key that is not one */
export async function signBytes(algorithm: Algorithm, key: Jwk, data: Bytes): Promise<Uint8Array> {
  if (algorithm.engine !== 'webcrypto') return (await loadEngine(algorithm.engine)).sign(key, data);
  const imported = await importKey(algorithm, key, 'sign');
  return new Uint8Array(await crypto.subtle.sign(algorithm.operation!, imported, data));
}

/** @throws DOMException or Error for a key that is not one */
export async function verifyBytes(
  algorithm: Algorithm,
  key: Jwk,
  data: Bytes,
  signature: Bytes,
): Promise<boolean> {
  if (algorithm.engine !== 'webcrypto') {
    const { complete, verify } = await loadEngine(algorithm.engine);
    return signature.length === algorithm.signatureLength && verify(complete(key), data, signature);
  }
  const imported = await importKey(algorithm, key, 'verify');
  return crypto.subtle.verify(algorithm.operation!, imported, signature, data);
}

/** A private key with its public half, which some files leave out. */
export async function completed(key: Jwk): Promise<Jwk> {
  if (key.kty === 'RSA' || key.kty === 'oct' || key.x !== undefined || !isPrivate(key)) return key;
  if (key.kty === 'AKP') return (await loadEngine('ml-dsa')).complete(key);
  if (key.crv === 'Ed448' || key.crv === 'secp256k1')
    return (await loadEngine(key.crv === 'Ed448' ? 'ed448' : 'secp256k1')).complete(key);
  const parameters = key.kty === 'EC' ? { name: 'ECDSA', namedCurve: key.crv! } : { name: key.crv! };
  // WebCrypto takes no private JWK without its public half, but computes it for PKCS#8.
  const bytes = toPkcs8(key);
  const usages: KeyUsage[] = key.crv?.startsWith('X') ? ['deriveBits'] : ['sign'];
  const imported = await crypto.subtle.importKey('pkcs8', bytes, parameters, true, usages);
  const { x, y } = await crypto.subtle.exportKey('jwk', imported);
  return { ...key, x: x!, ...(y !== undefined && { y }) };
}

/** Only what the mathematics needs: `use`, `key_ops` and `alg` are for the caller to judge. */
async function importKey({ parameters }: Algorithm, key: Jwk, usage: 'sign' | 'verify'): Promise<CryptoKey> {
  const { kty, crv, x, y, n, e, k } = await completed(key);
  const { d, p, q, dp, dq, qi } = key;
  const halves = { kty, crv, x, y, n, e, k, ...(usage === 'sign' && { d, p, q, dp, dq, qi }) };
  const members = Object.fromEntries(Object.entries(halves).filter(([, value]) => value !== undefined));
  return crypto.subtle.importKey('jwk', members as JsonWebKey, parameters!, false, [usage]);
}

/** RFC 7638 §3: the SHA-256 of the members that every such key has, in alphabetical order. */
export async function thumbprintOf(key: Jwk): Promise<string> {
  const { kty, crv, x, y, n, e, k, alg, pub } = await completed(key);
  const members = { crv, e, k, kty, n, x, y, ...(kty === 'AKP' && { alg, pub }) };
  const sorted = Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(sorted)));
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', json)));
}
