import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { SigningAlgorithm } from '../../platform/config/signing-algorithms.js';

/** 128 bits of security (NIST SP 800-57 part 1, table 2). */
const RSA_BITS = 3072;
const CURVES: Partial<Record<SigningAlgorithm, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** A new key pair for an algorithm. RSA takes up to seconds, off the main thread. */
export function makeKeyPair(alg: SigningAlgorithm): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  const generate = promisify(generateKeyPair);
  const namedCurve = CURVES[alg];
  return namedCurve ? generate('ec', { namedCurve }) : generate('rsa', { modulusLength: RSA_BITS });
}
