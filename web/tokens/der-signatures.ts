import type { Bytes } from './bytes.js';
import { childrenOf, readDer, SEQUENCE, unsigned } from './der.js';

/** An ECDSA signature of OpenSSL and Java as JWS wants it: r and s, each as long as the curve. */
export function p1363Of(signature: Bytes, coordinate: number): Bytes | undefined {
  if (signature[0] !== SEQUENCE) return undefined;
  try {
    const [r, s] = childrenOf(readDer(signature)).map(unsigned);
    if (!r || !s || r.length > coordinate || s.length > coordinate) return undefined;
    const both = new Uint8Array(2 * coordinate);
    both.set(r, coordinate - r.length);
    both.set(s, 2 * coordinate - s.length);
    return both;
  } catch {
    return undefined;
  }
}
