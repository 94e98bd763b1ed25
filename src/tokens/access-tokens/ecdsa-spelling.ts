/** The order `n` of each curve (FIPS 186-5). ECDSA accepts `(r, s)` and `(r, n - s)` alike; the lower `s` is canonical. */
const ORDERS: Record<string, bigint> = {
  ES256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  ES384: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  ES512:
    0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
};
const CURVES = new Map(
  Object.entries(ORDERS).map(([alg, order]) => {
    const bytes = Math.ceil(order.toString(2).length / 8);
    return [alg, { order, bytes, half: bytesOf(order / 2n, bytes) }];
  }),
);

/** The signature in its canonical form: as it is for RSA, and with the lower `s` for ECDSA. */
export function canonicalSignature(alg: string, signature: Buffer): Buffer {
  const curve = CURVES.get(alg);
  if (!curve || isCanonicalSignature(alg, signature)) return signature;
  const { order, bytes } = curve;
  const s = BigInt(`0x${signature.toString('hex', bytes)}`);
  return Buffer.concat([signature.subarray(0, bytes), bytesOf(order - s, bytes)]);
}

/** Whether a signature is in that form. A signature of another length is left to the verifier. */
export function isCanonicalSignature(alg: string, signature: Buffer): boolean {
  const curve = CURVES.get(alg);
  return !curve || Buffer.compare(signature.subarray(curve.bytes), curve.half) <= 0;
}

function bytesOf(number: bigint, bytes: number): Buffer {
  return Buffer.from(number.toString(16).padStart(2 * bytes, '0'), 'hex');
}
