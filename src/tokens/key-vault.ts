import { Injectable } from '@nestjs/common';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { derivedKey } from '../config/derived-key.js';
import { Settings } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { Database } from '../database/database.service.js';
import { makeKeyPair } from './key-pair.js';
import { seal, unseal } from './sealed.js';
import type { SigningKey } from './signing-key.entity.js';
import { thumbprint } from './thumbprint.js';

/** Makes signing keys, and seals and opens their private halves under the server secret. */
@Injectable()
export class KeyVault {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
  ) {}

  /** A new key of the algorithm that is set, sealed. */
  async make(stage: 'next' | 'current'): Promise<SigningKey> {
    const alg = this.settings.SIGNING_ALG;
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
      sealedPrivateKey: seal(pkcs8, this.sealingKey(this.settings.GATEHOUSE_SECRET), kid),
      createdAt: now,
      activatedAt: stage === 'current' ? now : null,
      expiresAt: null,
    };
  }

  /** Keys sealed under `GATEHOUSE_SECRET_PREVIOUS` are sealed anew; all of them open, or nothing is changed. */
  async reseal(keys: SigningKey[]): Promise<void> {
    const secret = this.settings.GATEHOUSE_SECRET;
    const opened = keys.map((key) => ({ key, privateKey: this.open(key) }));
    for (const { key, privateKey } of opened) {
      if (this.tryOpen(key, secret)) continue;
      const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
      const { kid, sealedPrivateKey: from } = key;
      const sql =
        'UPDATE signing_keys SET sealed_private_key = :to WHERE kid = :kid AND sealed_private_key = :from';
      await this.database.run({ sql, params: { kid, from, to: seal(pkcs8, this.sealingKey(secret), kid) } });
    }
  }

  /** The private key. @throws StartupError when none of the secrets is the one it was sealed under */
  open(key: SigningKey): KeyObject {
    for (const secret of this.secrets) {
      const privateKey = this.tryOpen(key, secret);
      if (privateKey) return privateKey;
    }
    throw new StartupError([
      'GATEHOUSE_SECRET does not open the signing keys in the database; start with the secret they were made with, ' +
        'or set GATEHOUSE_SECRET_PREVIOUS to it',
    ]);
  }

  private tryOpen(key: SigningKey, secret: string): KeyObject | undefined {
    try {
      const pkcs8 = unseal(key.sealedPrivateKey, this.sealingKey(secret), key.kid);
      return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    } catch {
      return undefined;
    }
  }

  private get secrets(): string[] {
    const { GATEHOUSE_SECRET, GATEHOUSE_SECRET_PREVIOUS } = this.settings;
    return [GATEHOUSE_SECRET, GATEHOUSE_SECRET_PREVIOUS].filter((secret) => secret !== '');
  }

  private sealingKey(secret: string): Buffer {
    return derivedKey(secret, 'signing-keys');
  }
}
