import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get, type Paged } from './api.js';
import { go, query, setQuery, trail } from './router.js';

/** After so many of a hard search, the user decides whether to go on. */
const MOST_PIECES = 20;

export interface Data<T> {
  /** What came last, also while it is fetched again. */
  value: T | undefined;
  error: Error | undefined;
  isLoading: boolean;
  reload: () => void;
  /** Puts what a change has answered in the place of what was read. */
  set: (value: T) => void;
}

/** What a page reads, again when `key` changes; the answer to an older question is dropped. `undefined` asks nothing. */
export function useData<T>(key: string | undefined, load: () => Promise<T>): Data<T> {
  const [state, setState] = useState<Pick<Data<T>, 'value' | 'error' | 'isLoading'>>({
    value: undefined,
    error: undefined,
    isLoading: key !== undefined,
  });
  const latest = useRef(0);
  const question = useRef(load);
  question.current = load;
  const reload = useCallback(() => {
    if (key === undefined) return;
    const mine = ++latest.current;
    const isLatest = () => mine === latest.current;
    setState((before) => ({ ...before, isLoading: true }));
    question.current().then(
      (value) => isLatest() && setState({ value, error: undefined, isLoading: false }),
      (error: Error) => isLatest() && setState((before) => ({ ...before, error, isLoading: false })),
    );
  }, [key]);
  useEffect(() => {
    reload();
    return () => void latest.current++;
  }, [reload]);
  const set = useCallback((value: T) => setState({ value, error: undefined, isLoading: false }), []);
  return { ...state, reload, set };
}

/** Reads what is at this path. */
export function useGet<T>(path: string | undefined): Data<T> {
  return useData(path, () => get<T>(path!));
}

export interface Pages<T> extends Data<Paged<T>> {
  next: (() => void) | undefined;
  back: (() => void) | undefined;
}

/** A list in pages. Where one is stands in the address. */
export function usePages<T>(path: string, filters: Record<string, string | undefined>, limit = 25): Pages<T> {
  const cursor = query.value.get('cursor') ?? '';
  const before = trail.value;
  const asked = { ...filters, limit, cursor };
  const data = useData(path + JSON.stringify(asked), () => getPage<T>(path, asked));
  const { nextCursor } = data.value ?? {};
  return {
    ...data,
    next: nextCursor
      ? () => setQuery({ cursor: nextCursor }, { trail: [...before, location.pathname + location.search] })
      : undefined,
    back: cursor ? () => backTo(before) : undefined,
  };
}

/** A search that is hard comes in pieces, which may be short or empty, until the page is full. */
async function getPage<T>(
  path: string,
  { limit, cursor, ...filters }: { limit: number; cursor: string },
): Promise<Paged<T>> {
  const items: T[] = [];
  let nextCursor: string | null = cursor;
  for (let pieces = 0; nextCursor !== null && items.length < limit && pieces < MOST_PIECES; pieces++) {
    const piece: Paged<T> = await get(path, { ...filters, limit: limit - items.length, cursor: nextCursor });
    items.push(...piece.items);
    nextCursor = piece.nextCursor;
  }
  return { items, nextCursor };
}

/** A page that was opened by its address knows none before it, but the first. */
function backTo(before: string[]): void {
  const last = before.at(-1);
  if (last) go(last, { trail: before.slice(0, -1) });
  else setQuery({ cursor: '' }, {});
}

/** All of a list that is short by nature, such as the roles. */
export async function getAll<T>(path: string): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  do {
    const page: Paged<T> = await get(path, { limit: 100, cursor });
    found.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return found;
}
