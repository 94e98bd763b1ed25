import { setImmediate } from 'node:timers/promises';

/** Reads rows with ids above `after`, lowest first, `limit` at most. */
export type ReadPage<T> = (limit: number, after: string) => Promise<T[]>;

/** All there is, a page of `size` at a time; the last one has fewer, and may have none. */
export async function* pagesOf<T extends { id: string }>(
  read: ReadPage<T>,
  size: number,
): AsyncGenerator<T[]> {
  for (let after = ''; ;) {
    const page = await read(size, after);
    yield page;
    if (page.length < size) return;
    after = page.at(-1)!.id;
    // SQLite answers at once: without a pause in between, no other request would be served until the end.
    await setImmediate();
  }
}
