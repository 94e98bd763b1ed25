import { applyDecorators, Injectable } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { derivedKey } from '../config/derived-key.js';
import { Settings } from '../config/settings.js';
import { ApiPropertyOptional } from './api-decorators.js';
import { MayBeAbsent } from './fields.js';
import { InvalidCursor } from './http.errors.js';

const MAX_LIMIT = 100;
export const DEFAULT_LIMIT = 50;
const MAC_BYTES = 16;

/** How many items a page may have. */
export const LimitField = () =>
  applyDecorators(
    ApiPropertyOptional({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }),
    Transform(({ value }) => (typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value)),
    IsInt(),
    Min(1),
    Max(MAX_LIMIT),
  );

/** Where a page starts. */
export const CursorField = () =>
  applyDecorators(
    ApiPropertyOptional({ description: 'The nextCursor of the page before' }),
    MayBeAbsent(),
    IsString(),
    MaxLength(1_500),
  );

/** `?limit=&cursor=` of every list. */
export class PageQuery {
  @LimitField()
  limit: number = DEFAULT_LIMIT;

  @CursorField()
  cursor?: string;
}

/** One page of a list; `nextCursor` is `null` on the last. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** Makes and checks cursors: the key of the last item shown, with a MAC that binds it to its list. */
@Injectable()
export class Cursors {
  private readonly key: Buffer;

  constructor(settings: Settings) {
    this.key = derivedKey(settings.GATEHOUSE_SECRET, 'cursor');
  }

  /**
   * The key after which the page starts; `''`, which is before every key, without a cursor.
   * @throws InvalidCursor for a cursor that this list did not give out.
   */
  after(list: string, { cursor }: PageQuery): string {
    if (cursor === undefined) return '';
    const bytes = Buffer.from(cursor, 'base64url');
    const key = bytes.subarray(MAC_BYTES);
    const isOurs =
      bytes.length > MAC_BYTES &&
      bytes.toString('base64url') === cursor &&
      timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.mac(list, key));
    if (!isOurs) throw new InvalidCursor();
    return key.toString();
  }

  /**
   * The page made of `found`, which holds one item more than asked for when there is a next page.
   * @param keyOf the unique key that the list is ordered by
   */
  page<T, U>(
    list: string,
    query: PageQuery,
    found: T[],
    keyOf: (item: T) => string,
    show: (item: T) => U,
  ): Page<U> {
    const items = found.slice(0, query.limit);
    const last = items.at(-1);
    const hasMore = found.length > query.limit && last !== undefined;
    return { items: items.map(show), nextCursor: hasMore ? this.cursor(list, keyOf(last)) : null };
  }

  /** The page of a search, which goes on after `next` even where it gave fewer items than were asked for. */
  pageUpTo<T, U>(list: string, items: T[], next: string | null, show: (item: T) => U): Page<U> {
    return { items: items.map(show), nextCursor: next === null ? null : this.cursor(list, next) };
  }

  private cursor(list: string, key: string): string {
    const bytes = Buffer.from(key);
    return Buffer.concat([this.mac(list, bytes), bytes]).toString('base64url');
  }

  private mac(list: string, key: Buffer): Buffer {
    return createHmac('sha256', this.key).update(`${list}\0`).update(key).digest().subarray(0, MAC_BYTES);
  }
}
