import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { Jwk } from './algorithms.js';
import { concat, fromBase64, toBase64Url } from './bytes.js';
import type { Engine } from './engines.js';

const POINT = Uint8Array.of(0x04);
const COORDINATE = 32;

/** ES256K (RFC 8812 §3.2). Signatures with a high s are as good as others there. */
export const engine: Engine = {
  sign: ({ d = '' }, data) => secp256k1.sign(data, fromBase64(d)),
  verify: ({ x = '', y = '' }, data, signature) =>
    secp256k1.verify(signature, data, concat(POINT, fromBase64(x), fromBase64(y)), { lowS: false }),
  complete,
  generate: () =>
    complete({ kty: 'EC', crv: 'secp256k1', d: toBase64Url(secp256k1.utils.randomSecretKey()) }),
};

function complete(key: Jwk): Jwk {
  if (key.x !== undefined || key.d === undefined) return key;
  const point = secp256k1.getPublicKey(fromBase64(key.d), false).subarray(1);
  const [x, y] = [point.subarray(0, COORDINATE), point.subarray(COORDINATE)];
  return { ...key, x: toBase64Url(x), y: toBase64Url(y) };
}
