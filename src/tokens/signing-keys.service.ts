import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { Repository } from 'typeorm';
import { derivedKey } from '../config/derived-key.js';
import { Settings } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { Database } from '../database/database.service.js';
import { seal, unseal } from './sealed.js';
import { SigningKey } from './signing-key.entity.js';
import { thumbprint } from './thumbprint.js';

const ALG = 'ES256';

/** A public key as the JWKS shows it (RFC 7517 §4). */
export type PublishedKey = JsonWebKey & { kid: string; alg: string; use: 'sig' };

/** The keys that sign and verify tokens: made on the first start, kept sealed in the database. */
@Injectable()
export class SigningKeysService implements OnModuleInit {
  private readonly verifying = new Map<string, { alg: string; publicKey: KeyObject }>();
  private signing: { kid: string; alg: 'ES256'; privateKey: KeyObject };
  private jwks: PublishedKey[] = [];

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    @InjectRepository(SigningKey) private readonly keys: Repository<SigningKey>,
  ) {}

  async onModuleInit(): Promise<void> {
    let stored = await this.stored();
    if (stored.length === 0) {
      await this.make();
      stored = await this.stored();
    }
    for (const key of stored) {
      const publicKey = createPublicKey({ key: key.publicJwk, format: 'jwk' });
      this.verifying.set(key.kid, { alg: key.alg, publicKey });
      this.jwks.push({ ...key.publicJwk, kid: key.kid, alg: key.alg, use: 'sig' });
    }
    const current = stored[0]!;
    this.signing = { kid: current.kid, alg: ALG, privateKey: this.open(current) };
  }

  /** The key to sign with. */
  get current(): { kid: string; alg: 'ES256'; privateKey: KeyObject } {
    return this.signing;
  }

  /** The key with this id and the one algorithm it may be used with; `undefined` when it is not ours. */
  find(kid: string): { alg: string; publicKey: KeyObject } | undefined {
    return this.verifying.get(kid);
  }

  /** The public keys. */
  get published(): PublishedKey[] {
    return this.jwks;
  }

  private stored(): Promise<SigningKey[]> {
    return this.keys.find({ order: { createdAt: 'ASC', kid: 'ASC' } });
  }

  private async make(): Promise<void> {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const publicJwk = publicKey.export({ format: 'jwk' });
    const kid = thumbprint(publicJwk);
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
    await this.database.run(
      this.database.insert(SigningKey, {
        kid,
        alg: ALG,
        publicJwk,
        sealedPrivateKey: seal(pkcs8, this.sealingKey, kid),
        createdAt: new Date(),
      }),
    );
  }

  private open(key: SigningKey): KeyObject {
    try {
      const pkcs8 = unseal(key.sealedPrivateKey, this.sealingKey, key.kid);
      return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    } catch (error) {
      throw new StartupError(
        [
          'GATEHOUSE_SECRET does not open the signing keys in the database; start with the secret they were made with',
        ],
        { cause: error },
      );
    }
  }

  private get sealingKey(): Buffer {
    return derivedKey(this.settings.GATEHOUSE_SECRET, 'signing-keys');
  }
}
