import { SetMetadata } from '@nestjs/common';

export const CONSOLE_ENTRY = 'web:console-entry';

/** How a module stands in the navigation of the console. */
export interface ConsoleEntryOptions {
  /** The name of the page in `web/features/`, and its path below `/console/x/`. */
  name: string;
  /** As the navigation says it; by language where it has several: `{ en: 'Notes', de: 'Notizen' }`. */
  title: string | ({ en: string } & Record<string, string>);
  /** Who has this scope sees it. */
  scope: string;
}

/**
 * Adds a page to the console for a controller: `web/features/notes.tsx` shows it, at `/console/x/notes`.
 * `@ConsoleEntry({ name: 'notes', title: 'Notes', scope: 'notes:read' })`
 * @throws TypeError for a name that is no file name
 */
export const ConsoleEntry = (options: ConsoleEntryOptions) => {
  if (!/^[a-z][a-z0-9-]*$/.test(options.name))
    throw new TypeError(`@ConsoleEntry needs a name such as notes, not ${JSON.stringify(options.name)}`);
  return SetMetadata(CONSOLE_ENTRY, options);
};
