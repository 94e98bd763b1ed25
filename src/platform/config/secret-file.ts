import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartupError } from './startup.error.js';

/**
 * The secret kept in a file that only the owner can read; made on the first start, by who `mayMake` it.
 * @throws StartupError when the file cannot be made or read, is too weak, or others can read it.
 */
export function secretFromFile(path: string, isStrong: (secret: string) => boolean, mayMake = true): string {
  try {
    if (mayMake) makeOnce(path);
    else if (!existsSync(path))
      throw new StartupError([
        `GATEHOUSE_SECRET is not set and there is no ${path} here; run this in the server's folder, with its settings`,
      ]);
    if (statSync(path).mode & 0o077)
      throw new StartupError([`${path} can be read by others; run: chmod 600 ${path}`]);
    const secret = readFileSync(path, 'utf8').trim();
    if (!isStrong(secret))
      throw new StartupError([`${path} holds no strong secret; remove it to have a new one made`]);
    return secret;
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError([`${path} cannot be used as the secret file: ${(error as Error).message}`]);
  }
}

/** Written aside and linked into place, so that a second process never reads half a secret. */
function makeOnce(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, randomBytes(48).toString('base64url'), { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
