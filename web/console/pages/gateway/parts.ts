/** The parts of the gateway, in the order of their tabs. */
const PARTS = ['upstreams', 'versions', 'revisions', 'explain'] as const;
export type Part = (typeof PARTS)[number];

/** Those that a user with these scopes sees: the list of versions is that of the APIs, which has a scope of its own. */
export const partsFor = (may: (scope: string) => boolean): Part[] =>
  PARTS.filter((part) => part !== 'versions' || may('resources:read'));
