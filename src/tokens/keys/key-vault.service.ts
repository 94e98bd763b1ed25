import { Injectable } from '@nestjs/common';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from '../../platform/config/signing-algorithms.js';
import { StartupError } from '../../platform/config/startup.error.js';
import { Database } from '../../platform/database/database.service.js';
import { makeKeyPair } from './key-pair.js';
import { SealingService } from './sealing.service.js';
import { PRIVATE_KEYS, type SigningKey } from './signing-key.entity.js';
import { thumbprint } from './thumbprint.js';

/** Makes signing keys, and seals and opens their private halves under the server secret. */
@Injectable()
export class KeyVault {
  constructor(
    private readonly sealing: SealingService,
    private readonly database: Database,
  ) {}

  /** A new key, sealed. */
  async make(stage: 'next' | 'current', alg: SigningAlgorithm): Promise<SigningKey> {
    const { publicKey, privateKey } = await makeKeyPair(alg);
    const publicJwk = publicKey.export({ format: 'jwk' });
    const kid = thumbprint(publicJwk);
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
    const now = new Date();
    return {
      kid,
      alg,
      stage,
      publicJwk,
      sealedPrivateKey: this.sealing.seal(pkcs8, PRIVATE_KEYS, kid),
      signatures: 'canonical',
      createdAt: now,
      activatedAt: stage === 'current' ? now : null,
      expiresAt: null,
    };
  }

  /** Keys sealed under `GATEHOUSE_SECRET_PREVIOUS` are sealed again; all of them open, or nothing is changed. */
  async reseal(keys: SigningKey[]): Promise<void> {
    const opened = keys.map((key) => ({ key, ...this.unsealed(key) }));
    for (const { key, plain, isOutdated } of opened) {
      if (!isOutdated) continue;
      const { kid, sealedPrivateKey: from } = key;
      const sql =
        'UPDATE signing_keys SET sealed_private_key = :to WHERE kid = :kid AND sealed_private_key = :from';
      const to = this.sealing.seal(plain, PRIVATE_KEYS, kid);
      await this.database.run({ sql, params: { kid, from, to } });
    }
  }

  /** The private key. @throws StartupError when none of the secrets is the one it was sealed under */
  open(key: SigningKey): KeyObject {
    return createPrivateKey({ key: this.unsealed(key).plain, format: 'der', type: 'pkcs8' });
  }

  private unsealed({ sealedPrivateKey, kid }: SigningKey) {
    const opened = this.sealing.open(sealedPrivateKey, PRIVATE_KEYS, kid);
    if (opened) return opened;
    throw new StartupError([
      'GATEHOUSE_SECRET does not open the signing keys in the database; start with the secret they were made with, ' +
        'or set GATEHOUSE_SECRET_PREVIOUS to it',
    ]);
  }
}
