import type { KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from '../../platform/config/signing-algorithms.js';

/** A private key and the one algorithm it signs with. */
export interface Signer {
  kid: string;
  alg: SigningAlgorithm;
  privateKey: KeyObject;
}
