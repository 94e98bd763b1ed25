import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { noteFile } from './setting-origins.js';
import { StartupError } from './startup.error.js';

/** Byte order marks, as Windows PowerShell and Notepad write them. Node's own reader takes them for part of the first name. */
const UTF_16 = { fffe: 'utf-16le', feff: 'utf-16be' } as const;

/**
 * Adds the settings of a file `.env` in the working folder to the environment, which goes before it.
 * @throws StartupError when it cannot be read as text
 */
export function loadEnvFile(env: NodeJS.ProcessEnv, path = '.env'): void {
  if (!existsSync(path)) return;
  const given = parseEnv(textOf(path, readFileSync(path)));
  for (const [name, value] of Object.entries(given)) {
    if (env[name] !== undefined) continue;
    env[name] = value;
    noteFile(env, name, path);
  }
}

function textOf(path: string, bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex') as keyof typeof UTF_16;
  try {
    return new TextDecoder(UTF_16[mark] ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new StartupError([`${path} is not UTF-8 text; save it as UTF-8`], { cause });
  }
}
