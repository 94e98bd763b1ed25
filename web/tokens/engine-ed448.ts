import { ed448 } from '@noble/curves/ed448.js';
import type { Jwk } from './algorithms.js';
import { fromBase64, toBase64Url } from './bytes.js';
import type { Engine } from './engines.js';

/** Ed448 (RFC 8037 §3.1) */
export const engine: Engine = {
  sign: ({ d = '' }, data) => ed448.sign(data, fromBase64(d)),
  verify: ({ x = '' }, data, signature) => ed448.verify(signature, data, fromBase64(x)),
  complete,
  generate: () => complete({ kty: 'OKP', crv: 'Ed448', d: toBase64Url(ed448.utils.randomSecretKey()) }),
};

function complete(key: Jwk): Jwk {
  if (key.x !== undefined || key.d === undefined) return key;
  return { ...key, x: toBase64Url(ed448.getPublicKey(fromBase64(key.d))) };
}
