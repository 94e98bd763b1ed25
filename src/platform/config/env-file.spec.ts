import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEnvFile } from './env-file.js';
import { StartupError } from './startup.error.js';

const TEXT = 'PUBLIC_URL=https://müller.example\r\nPORT=18190\r\nADMIN_PASSWORD="two words"\r\n';
const READ = { PUBLIC_URL: 'https://müller.example', PORT: '18190', ADMIN_PASSWORD: 'two words' };

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('a file with settings', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'gatehouse-env-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const load = (bytes: Buffer, env: NodeJS.ProcessEnv = {}) => {
    const path = join(folder, '.env');
    writeFileSync(path, bytes);
    loadEnvFile(env, path);
    return env;
  };

  it.each([
    ['as UTF-8', Buffer.from(TEXT)],
    ['as UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXT}`)],
    ['as UTF-16, as Windows PowerShell does', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
    ['as UTF-16 of the other order', utf16be(`\ufeff${TEXT}`)],
    ['with line feeds alone', Buffer.from(TEXT.replaceAll('\r', ''))],
  ])('is read %s, the first setting too', (_, bytes) => {
    expect(load(bytes)).toEqual(READ);
  });

  it('gives way to the environment', () => {
    const env = { PORT: '1', PUBLIC_URL: '' };
    expect(load(Buffer.from(TEXT), env)).toEqual({ ...READ, ...env });
  });

  it('is refused by its name when it is no text', () => {
    const path = join(folder, '.env');
    expect(() => load(Buffer.from(TEXT, 'latin1'))).toThrow(
      new StartupError([`${path} is not UTF-8 text; save it as UTF-8`]),
    );
  });

  it('need not be there', () => {
    const env = {};
    loadEnvFile(env, join(folder, 'none'));
    expect(env).toEqual({});
  });
});
