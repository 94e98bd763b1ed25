import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { OutboundRefused } from './outbound.errors.js';
import { OutboundService } from './outbound.service.js';

const SHORTEST_MS = 60_000;
const LONGEST_MS = 86_400_000;
/** What could not be fetched is not tried again for so long. */
const NEGATIVE_MS = 30_000;
/** Nothing is fetched again sooner on purpose, such as for a key that is not known. */
const RELOAD_AT_MOST_EVERY_MS = 30_000;
const MAX_DOCUMENTS = 1_000;

/** A document, and until when it counts as read, in ms. */
export interface FetchedDocument {
  document: Record<string, unknown>;
  fetchedAt: number;
  expiresAt: number;
}

interface Entry {
  value: Promise<FetchedDocument>;
  expiresAt: number;
}

/** Fetches JSON documents of others and keeps them for as long as they say, within a minute and a day; one request a URL. */
@Injectable()
export class DocumentsService {
  private readonly kept = new LRUCache<string, Entry>({ max: MAX_DOCUMENTS });

  constructor(private readonly outbound: OutboundService) {}

  /** @param limit bytes that it may have. @throws OutboundRefused */
  get(url: string, limit: number): Promise<FetchedDocument> {
    const known = this.kept.get(url);
    return known && known.expiresAt > Date.now() ? known.value : this.load(url, limit);
  }

  /** The same, fetched again unless that was a moment ago: for a key that is not in it. @throws OutboundRefused */
  async refreshed(url: string, limit: number): Promise<FetchedDocument> {
    const known = await this.get(url, limit);
    return Date.now() - known.fetchedAt < RELOAD_AT_MOST_EVERY_MS ? known : this.load(url, limit);
  }

  private load(url: string, limit: number): Promise<FetchedDocument> {
    const entry: Entry = { value: this.fetch(url, limit), expiresAt: Infinity };
    this.kept.set(url, entry);
    entry.value.then(
      ({ expiresAt }) => (entry.expiresAt = expiresAt),
      () => (entry.expiresAt = Date.now() + NEGATIVE_MS),
    );
    return entry.value;
  }

  private async fetch(url: string, limit: number): Promise<FetchedDocument> {
    const { status, headers, body } = await this.outbound.send({ url, limit, accept: 'application/json' });
    if (status !== 200) throw new OutboundRefused(`it was answered ${status}`);
    const fetchedAt = Date.now();
    return {
      document: objectOf(body),
      fetchedAt,
      expiresAt: fetchedAt + lifetimeOf(headers['cache-control']),
    };
  }
}

function objectOf(body: string): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(body);
    if (typeof document === 'object' && document !== null && !Array.isArray(document))
      return document as Record<string, unknown>;
  } catch (cause) {
    throw new OutboundRefused('it is not JSON', cause);
  }
  throw new OutboundRefused('it is no JSON object');
}

/** RFC 9111 §5.2.2, as far as it matters here; milliseconds. */
function lifetimeOf(cacheControl = ''): number {
  const [, seconds] = /(?:^|[\s,])max-age=(\d{1,9})/.exec(cacheControl) ?? [];
  const asked = /no-store|no-cache/.test(cacheControl) ? 0 : Number(seconds ?? 0) * 1000;
  return Math.min(Math.max(asked, SHORTEST_MS), LONGEST_MS);
}
