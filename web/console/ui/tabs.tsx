import { useEffect, useRef } from 'preact/hooks';
import { path } from '../router.js';

interface TabsProps {
  /** By the value of `?tab=`, of which the first may be empty. */
  of: readonly (readonly [tab: string, title: string])[];
  current: string;
}

const hrefOf = (tab: string) => (tab ? `${path.value}?tab=${tab}` : path.value);

/** The parts of a page, each with an address. One alone needs no tabs. */
export function Tabs({ of, current }: TabsProps) {
  if (of.length < 2) return null;
  return (
    <TabLinks
      of={of.map(([tab, title]) => [hrefOf(tab), title])}
      current={hrefOf(current)}
      label={document.title}
    />
  );
}

interface TabLinksProps {
  of: readonly (readonly [href: string, title: string])[];
  current: string;
  label: string;
}

/** Links to the parts of a page. On a small screen they scroll sideways, and the current one is in view. */
export function TabLinks({ of, current, label }: TabLinksProps) {
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    ref.current!.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [current]);
  return (
    <nav ref={ref} class="tabs" aria-label={label}>
      {of.map(([href, title]) => (
        <a key={href} href={href} aria-current={href === current ? 'page' : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}
