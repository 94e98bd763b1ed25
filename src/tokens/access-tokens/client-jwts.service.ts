import { Injectable } from '@nestjs/common';
import type { SigningAlgorithm } from '../../platform/config/signing-algorithms.js';
import { KeyRotationService } from '../keys/key-rotation.service.js';
import { signedJwt } from './signed-jwt.js';

/** What clients alone read, and no API takes: ID tokens, and logout tokens (OIDC Back-Channel Logout §2.4). */
export type ClientTokenType = 'JWT' | 'logout+jwt';

/** Signs what clients alone read: ID tokens and logout tokens. */
@Injectable()
export class ClientJwtsService {
  constructor(private readonly keys: KeyRotationService) {}

  /** @param lifetime seconds, from which `iat` and `exp` follow */
  async sign(typ: ClientTokenType, claims: object, lifetime: number, alg: SigningAlgorithm): Promise<string> {
    const signer = await this.keys.signerFor(alg);
    const iat = Math.floor(Date.now() / 1000);
    return signedJwt(typ, { ...claims, iat, exp: iat + lifetime }, signer);
  }
}
