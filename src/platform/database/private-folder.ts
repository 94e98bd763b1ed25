import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** What is in the database is nobody's business but the server's. A folder that is there is left as it is. */
export function makePrivateFolder(path: string): void {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
}
