const PATHS = {
  check: 'M4 10.5 8.2 14.5 16 5.8',
  cross: 'M5.5 5.5l9 9m0-9-9 9',
  warning: 'M10 3 18 16.5H2L10 3Zm0 5v4m0 2.2v.1',
  dot: 'M10 6.5v.1M10 9.5v4.5M10 2a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z',
  lock: 'M5.5 9V6.5a4.5 4.5 0 0 1 9 0V9M4 9h12v8.5H4Z',
  copy: 'M7 7V3.5h9.5V13H13M3.5 7H13v9.5H3.5Z',
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative mark; the words next to it say the same. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
