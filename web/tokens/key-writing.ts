import { ALGORITHMS, isPrivate, publicOf, type Algorithm, type Jwk } from './algorithms.js';
import { toBase64, toBase64Url, type Bytes } from './bytes.js';
import { completed, loadEngine, thumbprintOf } from './engines.js';
import { toPkcs8, toSpki } from './key-structures.js';

/** A key in every form it is wanted in. A secret has no public half and no PEM. */
export interface WrittenKey {
  jwk: Jwk;
  publicJwk?: Jwk;
  privatePem?: string;
  publicPem?: string;
  /** RFC 7638 */
  thumbprint: string;
}

const LINE = 64;
const RSA_BITS = 2048;
const EXPONENT = Uint8Array.of(1, 0, 1);

/** What keys can be generated for. */
export const GENERATABLE: readonly string[] = ALGORITHMS.map(({ name }) => name);

/**
 * A new key pair, or a secret as long as the hash, with its thumbprint as `kid`.
 * @throws TypeError for an unknown algorithm
 */
export async function generateKey(alg: string, bits = RSA_BITS): Promise<Jwk> {
  const algorithm = ALGORITHMS.find(({ name }) => name === alg);
  if (!algorithm) throw new TypeError(`there is no algorithm ${alg}`);
  const key = await freshKey(algorithm, bits);
  return { ...key, alg, use: 'sig', kid: await thumbprintOf(key) };
}

async function freshKey(algorithm: Algorithm, bits: number): Promise<Jwk> {
  const { name, kty, engine, hashBits, parameters } = algorithm;
  if (engine !== 'webcrypto') return (await loadEngine(engine)).generate(name);
  if (kty === 'oct') return { kty, k: toBase64Url(crypto.getRandomValues(new Uint8Array(hashBits / 8))) };
  const rsa = { ...parameters!, modulusLength: bits, publicExponent: EXPONENT };
  const how = (kty === 'RSA' ? rsa : parameters!) as RsaHashedKeyGenParams;
  const pair = (await crypto.subtle.generateKey(how, true, ['sign', 'verify'])) as CryptoKeyPair;
  const { key_ops: _, ext: __, alg: ___, ...key } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  return key as Jwk;
}

/** @throws UnsupportedKey */
export async function writeKey(key: Jwk): Promise<WrittenKey> {
  const jwk = await completed(key);
  const thumbprint = await thumbprintOf(jwk);
  if (jwk.kty === 'oct') return { jwk, thumbprint };
  return {
    jwk,
    publicJwk: publicOf(jwk),
    ...(isPrivate(jwk) && { privatePem: pem('PRIVATE KEY', toPkcs8(jwk)) }),
    publicPem: pem('PUBLIC KEY', toSpki(jwk)),
    thumbprint,
  };
}

/** RFC 7468 §2 */
function pem(label: string, bytes: Bytes): string {
  const lines = toBase64(bytes).match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
