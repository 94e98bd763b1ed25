import type { ConsoleSettings } from '../../src/web/console/console.types.js';

/** Where the console appears, and what the server told it when the page came. */
export const place = document.getElementById('console')!;
export const settings = JSON.parse(place.dataset['settings']!) as ConsoleSettings;

/** Whether the user holds this scope. It decides what is offered; the server decides what is done. */
export const may = (scope: string) => settings.scopes.includes(scope);

/** Whether there is such a list; that of a feature which is off is not there. */
export const has = (path: string) => settings.lists.includes(path);
