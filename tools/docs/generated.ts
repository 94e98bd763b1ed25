import { readFileSync } from 'node:fs';
import { errorsTable } from './errors.js';
import { envExample, settingsTable } from './settings.js';
import { withMade } from './source.js';

/** Every file that is made from the source, as it should be. */
export function generatedFiles(): Record<string, string> {
  return {
    'docs/settings.md': withMade(readFileSync('docs/settings.md', 'utf8'), settingsTable()),
    'docs/errors.md': withMade(readFileSync('docs/errors.md', 'utf8'), errorsTable()),
    '.env.example': envExample(),
  };
}
