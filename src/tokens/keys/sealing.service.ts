import { Injectable } from '@nestjs/common';
import { derivedKey } from '../../platform/config/derived-key.js';
import { Settings } from '../../platform/config/settings.js';
import { seal, unseal } from './sealed.js';

/** Seals what must not be read in a copy of the database, under keys derived from the server secret. */
@Injectable()
export class SealingService {
  constructor(private readonly settings: Settings) {}

  /** Whether there may be something that was sealed under an earlier secret. */
  get isRotating(): boolean {
    return this.settings.GATEHOUSE_SECRET_PREVIOUS !== '';
  }

  /** `purpose` has a key of its own; `context` must be the same when it is opened. */
  seal(plain: Uint8Array, purpose: string, context: string): string {
    return seal(Buffer.from(plain), derivedKey(this.settings.GATEHOUSE_SECRET, purpose), context);
  }

  /** What was sealed, and whether under an earlier secret; `undefined` when no secret of ours opens it. */
  open(sealed: string, purpose: string, context: string): { plain: Buffer; isOutdated: boolean } | undefined {
    const { GATEHOUSE_SECRET, GATEHOUSE_SECRET_PREVIOUS } = this.settings;
    for (const secret of [GATEHOUSE_SECRET, GATEHOUSE_SECRET_PREVIOUS].filter((each) => each !== '')) {
      try {
        const plain = unseal(sealed, derivedKey(secret, purpose), context);
        return { plain, isOutdated: secret !== GATEHOUSE_SECRET };
      } catch {
        // Not this one.
      }
    }
    return undefined;
  }
}
