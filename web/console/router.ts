import { computed, signal } from '@preact/signals';

/** The address that is shown. */
const address = signal(new URL(location.href));

export const path = computed(() => address.value.pathname.replace(/(?<=.)\/$/, ''));
export const query = computed(() => address.value.searchParams);
/** The pages before this one of a list, so that there is a way back also after a reload. */
export const trail = computed(
  () => (address.value, (history.state as { trail?: string[] } | null)?.trail ?? []),
);

interface Going {
  /** In the place of the address that is shown, so that Back skips it. */
  isReplaced?: boolean;
  trail?: string[];
}

/** Shows another page of the console. */
export function go(to: string, { isReplaced = false, trail: before = [] }: Going = {}): void {
  const next = new URL(to, location.href);
  const isOtherPage = next.pathname !== address.value.pathname;
  history[isReplaced ? 'replaceState' : 'pushState']({ trail: before }, '', next);
  address.value = next;
  if (isOtherPage) scrollTo(0, 0);
}

/** Changes the query of the page that is shown; an empty value takes the name away. */
export function setQuery(changes: Record<string, string>, going: Going = { isReplaced: true }): void {
  const next = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.searchParams.set(name, value);
    else next.searchParams.delete(name);
  }
  go(next.href, going);
}

/** Closes the dialog that `?do=` opens. */
export const closeDialog = () => setQuery({ do: '' });

/** Has links within the console change the page without loading it again. */
export function followLinks(): void {
  addEventListener('popstate', () => (address.value = new URL(location.href)));
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[href]');
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || event.defaultPrevented || link.target || link.download) return;
    if (link.origin !== location.origin || !/^\/console(\/|$)/.test(link.pathname)) return;
    event.preventDefault();
    go(link.href);
  });
}
