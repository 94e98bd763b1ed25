import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Only the server may read what is in the database. A folder that is there is left as it is. */
export function makePrivateFolder(path: string): void {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
}
