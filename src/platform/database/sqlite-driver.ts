import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * The package that speaks SQLite. Node 20 has version 12. Newer ones have 13, which npm leaves out on Node 20: version 12
 * that was built with the headers of Node 24.19 or later ends the process when a statement is collected
 * (docs/decisions/0011-two-versions-of-better-sqlite3.md).
 */
export function sqliteDriver(): unknown {
  try {
    return require('better-sqlite3-13');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    return require('better-sqlite3');
  }
}
