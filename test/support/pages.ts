import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page of the documentation, its path from the root. */
export interface Page {
  path: string;
  text: string;
}

/** The pages that users read: those of the root, and all of `docs/`. */
export function readPages(): Page[] {
  const inDocs = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  return ['README.md', 'SECURITY.md', 'CHANGELOG.md', 'bench/README.md', ...inDocs].map(readPage);
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(path, 'utf8') };
}
