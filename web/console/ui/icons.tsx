/** Outlines in a field of 20 by 20. */
const PATHS = {
  overview: 'M3 17V9m5 8V4m5 13v-6m5 6V7',
  users:
    'M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2 17c0-3 2.3-5 5.5-5s5.5 2 5.5 5m0-13.3a3 3 0 0 1 0 5.6m1.8 3c2 .6 3.2 2.3 3.2 4.7',
  roles: 'M10 2.5 16.5 5v4.5c0 4-2.6 6.7-6.5 8-3.9-1.3-6.5-4-6.5-8V5zM7.3 10l2 2 3.6-4',
  applications: 'M3 3h5.5v5.5H3zM11.5 3H17v5.5h-5.5zM3 11.5h5.5V17H3zM11.5 11.5H17V17h-5.5z',
  services: 'M3 4h14v5H3zM3 11.5h14v5H3zM6 6.5h.01M6 14h.01',
  keys: 'M12.5 12a4.5 4.5 0 1 0-4.2-2.9L3 14.4V17h3v-2h2v-2h1.6l.9-.9c.6.3 1.3.4 2 .4Zm1-5h.01',
  audit: 'M5 2.5h10v15H5zM8 6.5h4M8 10h4m-4 3.5h2.5',
  api: 'm6.5 6-4 4 4 4m7-8 4 4-4 4M11.5 4l-3 12',
  server:
    'M10 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM10 2.5v2m0 11v2m7.5-7.5h-2m-11 0h-2m12.8-5.3-1.4 1.4m-7.8 7.8-1.4 1.4m10.6 0-1.4-1.4M6.1 6.1 4.7 4.7',
  extension:
    'M8 3.5a1.8 1.8 0 0 1 3.6 0V5H15v3.4h1a1.8 1.8 0 0 1 0 3.6h-1V16h-4v-1a1.6 1.6 0 0 0-3.2 0v1H4V5h4z',
  search: 'M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12Zm8 2-3.8-3.8',
  menu: 'M3 5.5h14M3 10h14M3 14.5h14',
  user: 'M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6.5 7c0-3 2.7-5 6.5-5s6.5 2 6.5 5',
  close: 'm5 5 10 10M15 5 5 15',
  plus: 'M10 4v12M4 10h12',
  next: 'm7.5 4.5 5.5 5.5-5.5 5.5',
  back: 'M12.5 4.5 7 10l5.5 5.5',
  check: 'm4 10.5 4 4 8-9',
  warning: 'M10 3 18 16.5H2zM10 8v4m0 2.2v.1',
  live: 'M10 11a1 1 0 1 0 0-2 1 1 0 0 0 0 2ZM6.5 13.5a5 5 0 0 1 0-7m7 0a5 5 0 0 1 0 7m-9.8 2.8a9 9 0 0 1 0-12.6m12.6 0a9 9 0 0 1 0 12.6',
} as const;

export type IconName = keyof typeof PATHS;

/** For the eye alone: what it means stands next to it, or in the label of its button. */
export function Icon({ name, class: className }: { name: IconName; class?: string }) {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true" class={className}>
      <path d={PATHS[name]} />
    </svg>
  );
}
