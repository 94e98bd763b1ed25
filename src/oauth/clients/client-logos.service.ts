import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { OutboundRefused } from '../../platform/outbound/outbound.errors.js';
import { OutboundService } from '../../platform/outbound/outbound.service.js';
import { ClientsService } from './clients.service.js';
import { isVouchedFor } from './oauth-client.entity.js';

const MOST_BYTES = 64 * 1024;
const MAX_LOGOS = 200;
const KEPT_MS = 3_600_000;
/** What could not be fetched is not tried again for so long. */
const NEGATIVE_MS = 30_000;

/** By their first bytes. No SVG: it is a document, which may have scripts. */
const TYPES: readonly (readonly [type: string, isOne: (bytes: Buffer) => boolean])[] = [
  ['image/png', (bytes) => bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))],
  ['image/jpeg', (bytes) => bytes.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex'))],
  ['image/gif', (bytes) => /^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))],
  [
    'image/webp',
    (bytes) => bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP',
  ],
];

/** An image as it is served. */
export interface Logo {
  type: string;
  bytes: Buffer;
}

interface Entry {
  /** `undefined` for what is no image, or cannot be fetched. */
  value: Promise<Logo | undefined>;
  expiresAt: number;
}

/**
 * The logos of applications, fetched for browsers: pages show images of this server alone, and the host of a logo is not to
 * learn who signs in. One that registered itself has none, or it could look like any other.
 */
@Injectable()
export class ClientLogosService {
  private readonly kept = new LRUCache<string, Entry>({ max: MAX_LOGOS });

  constructor(
    private readonly clients: ClientsService,
    private readonly outbound: OutboundService,
  ) {}

  /** The logo of the client with this row; `undefined` when it has none that can be shown. */
  async of(id: string): Promise<Logo | undefined> {
    const client = await this.clients.findById(id);
    if (client?.status !== 'active' || !isVouchedFor(client) || client.logoUri === null) return undefined;
    const known = this.kept.get(client.logoUri);
    return known && known.expiresAt > Date.now() ? known.value : this.load(client.logoUri);
  }

  /** One request a URL at a time. */
  private load(url: string): Promise<Logo | undefined> {
    const entry: Entry = { value: this.fetch(url), expiresAt: Infinity };
    this.kept.set(url, entry);
    entry.value.then(
      (logo) => (entry.expiresAt = Date.now() + (logo ? KEPT_MS : NEGATIVE_MS)),
      () => (entry.expiresAt = 0),
    );
    return entry.value;
  }

  private async fetch(url: string): Promise<Logo | undefined> {
    try {
      const { status, bytes } = await this.outbound.send({ url, limit: MOST_BYTES, accept: 'image/*' });
      const [type] = TYPES.find(([, isOne]) => isOne(bytes)) ?? [];
      return status === 200 && type !== undefined ? { type, bytes } : undefined;
    } catch (error) {
      if (error instanceof OutboundRefused) return undefined;
      throw error;
    }
  }
}
