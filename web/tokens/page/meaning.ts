import { MEANINGS } from '../meanings.js';
import { settings } from './settings.js';

/** What a member of a header or of claims says, in the language of the page. */
export function meaningOf(name: string): string {
  return (Object.hasOwn(settings.means, name) ? settings.means[name] : MEANINGS.get(name)) ?? '';
}
