/** The pages of the console, in the order of its navigation. */
export const ENTRY_NAMES = [
  'overview',
  'users',
  'roles',
  'applications',
  'services',
  'keys',
  'audit',
  'api',
  'server',
] as const;
export type EntryName = (typeof ENTRY_NAMES)[number];

/** A page that a module of your own adds. */
export interface ExtensionEntry {
  /** The path below `/console/x/`, and the file in `web/features/`. */
  name: string;
  title: string;
}

/** What the script of the console is told when the page comes. */
export interface ConsoleSettings {
  brand: { name: string; logo: string | undefined; darkLogo: string | undefined };
  /** The address of this server. */
  issuer: string;
  user: { id: string; email: string; name: string | null };
  scopes: string[];
  roles: string[];
  locale: string;
  locales: { tag: string; name: string }[];
  scheme: string;
  /** Where the texts are, in the language of the page. */
  texts: string;
  /** Whether the server sends mail. */
  sendsMail: boolean;
  entries: EntryName[];
  extensions: ExtensionEntry[];
  /** What there is to read; a feature that is off has no routes. */
  lists: string[];
}
