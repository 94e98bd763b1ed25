import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GATEHOUSE_SECRET, ServerProcess } from '../../support/process.js';
import { featuresIn } from '../../support/source-rules.js';

const ROOMS = featuresIn(readFileSync('src/app.features.ts', 'utf8')).flatMap(({ rooms }) => rooms);

describe('the process', () => {
  let folder: string;
  let server: ServerProcess;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-loaded-'));
  });
  afterEach(() => server.discard());
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The files of ours that a start with these settings has loaded. */
  const filesLoaded = async (env: Record<string, string>): Promise<string[]> => {
    const file = join(folder, JSON.stringify(env));
    const preload = join(import.meta.dirname, '../../support/loaded-modules.mjs');
    server = new ServerProcess(0, { GATEHOUSE_SECRET, LOADED_MODULES: file, ...env }, { preload });
    await server.start();
    expect(server.output).toContain('Gatehouse is ready');
    const paths = readFileSync(file, 'utf8').matchAll(/\/dist\/(.*)$/gm);
    return [...paths].map(([, path]) => path!).filter((path) => !path.endsWith('.ending.js'));
  };

  it.each([
    ['none', []],
    ['all', ROOMS],
  ])('with FEATURES=%s loads of the optional rooms %j', async (wanted, rooms) => {
    const loaded = await filesLoaded({ FEATURES: wanted });
    expect(ROOMS.filter((room) => loaded.some((path) => path.startsWith(`${room}/`)))).toEqual(rooms);
  });

  it.each([
    ['off', false],
    ['on', true],
  ])('with WEB=%s loads something of the pages: %s', async (WEB, some) => {
    const loaded = await filesLoaded({ FEATURES: 'none', WEB });
    expect(loaded.some((path) => path.startsWith('web/'))).toBe(some);
  });

  it('does not start with a feature that there is not', async () => {
    server = new ServerProcess(0, { GATEHOUSE_SECRET, FEATURES: 'tranfser' });
    await server.start();
    expect(server.exitCode).toBe(1);
    expect(server.output.trim()).toMatch(/^FEATURES: there is no tranfser; there are all, none, [^\n]*$/);
  });
});
