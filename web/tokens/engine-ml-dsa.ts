import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import type { Jwk } from './algorithms.js';
import { fromBase64, toBase64Url } from './bytes.js';
import type { Engine } from './engines.js';

const SETS = { 'ML-DSA-44': ml_dsa44, 'ML-DSA-65': ml_dsa65, 'ML-DSA-87': ml_dsa87 };
const SEED = 32;

/** ML-DSA (FIPS 204): a key is its seed, as JOSE keeps it (`kty` is AKP). */
export const engine: Engine = {
  sign: (key, data) => setOf(key).sign(data, setOf(key).keygen(fromBase64(key.priv ?? '')).secretKey),
  verify: (key, data, signature) => setOf(key).verify(signature, data, fromBase64(key.pub ?? '')),
  complete,
  generate: (alg) =>
    complete({ kty: 'AKP', alg, priv: toBase64Url(crypto.getRandomValues(new Uint8Array(SEED))) }),
};

function complete(key: Jwk): Jwk {
  if (key.pub !== undefined || key.priv === undefined) return key;
  return { ...key, pub: toBase64Url(setOf(key).keygen(fromBase64(key.priv)).publicKey) };
}

function setOf({ alg }: Jwk) {
  return SETS[alg as keyof typeof SETS];
}
