import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GATEHOUSE_SECRET, ServerProcess } from '../../support/process.js';
import { featuresIn } from '../../support/source-rules.js';

/** What only some requests need; it is loaded for the first of them. */
const NEEDED_LATER = [
  '@nestjs/swagger',
  '@node-rs/bcrypt',
  '@simplewebauthn/server',
  '@zxcvbn-ts/language-common',
  'ioredis',
  'jose',
  'nodemailer',
  'otpauth',
  'undici',
  'yaml',
];
const ROOMS = featuresIn(readFileSync('src/app.features.ts', 'utf8')).flatMap(({ rooms }) => rooms);

describe('the process', () => {
  let folder: string;
  let server: ServerProcess;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-loaded-'));
  });
  afterEach(() => server.discard());
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The files that a start with these settings has loaded: ours, and what they import of packages. */
  const loadedBy = async (env: Record<string, string>) => {
    const file = join(folder, JSON.stringify(env));
    const preload = join(import.meta.dirname, '../../support/loaded-modules.mjs');
    server = new ServerProcess(0, { GATEHOUSE_SECRET, LOADED_MODULES: file, ...env }, { preload });
    await server.start();
    expect(server.output).toContain('Gatehouse is ready');
    const urls = readFileSync(file, 'utf8').split('\n');
    const isOfPackage = (url: string) => url.includes('/node_modules/');
    return {
      packages: urls.filter(isOfPackage),
      ours: urls
        .filter((url) => !isOfPackage(url) && !url.endsWith('.ending.js'))
        .map((url) => url.split('/dist/')[1] ?? ''),
    };
  };

  it.each([
    ['none', []],
    ['all', ROOMS],
  ])('with FEATURES=%s loads of the optional rooms %j', async (wanted, rooms) => {
    const { ours, packages } = await loadedBy({ FEATURES: wanted });
    expect(ROOMS.filter((room) => ours.some((path) => path.startsWith(`${room}/`)))).toEqual(rooms);
    const isLoaded = (name: string) => packages.some((url) => url.includes(`/node_modules/${name}/`));
    expect(NEEDED_LATER.filter(isLoaded)).toEqual([]);
    // The control: what every start needs is seen.
    expect(isLoaded('typeorm')).toBe(true);
  });

  it.each([
    ['off', false],
    ['on', true],
  ])('with WEB=%s loads something of the pages: %s', async (WEB, some) => {
    const { ours } = await loadedBy({ FEATURES: 'none', WEB });
    expect(ours.some((path) => path.startsWith('web/'))).toBe(some);
  });

  it('does not start with a feature that there is not', async () => {
    server = new ServerProcess(0, { GATEHOUSE_SECRET, FEATURES: 'tranfser' });
    await server.start();
    expect(server.exitCode).toBe(1);
    expect(server.output.trim()).toMatch(/^FEATURES: there is no tranfser; there are all, none, [^\n]*$/);
  });
});
