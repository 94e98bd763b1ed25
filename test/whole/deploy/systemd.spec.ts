import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FILLED_IN, settingsOf, stopsWithin } from '../../support/deployment-files.js';

const unit = readFileSync('deploy/gatehouse.service', 'utf8');
const lines = unit.split('\n').flatMap((line) => (/^\w+=/.test(line) ? [line.split(/=(.*)/)] : []));
const valuesOf = (name: string) => lines.filter(([key]) => key === name).map(([, value]) => value!);
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe('deploy/gatehouse.service', () => {
  it('starts in production, with a database where it may write', () => {
    const { PUBLIC_URL = '', GATEHOUSE_SECRET = '', DATABASE_URL = '' } = FILLED_IN;
    const environment = Object.fromEntries(valuesOf('Environment').map((pair) => pair.split(/=(.*)/)));
    const settings = settingsOf({ ...environment, PUBLIC_URL, GATEHOUSE_SECRET });
    expect(settings).toMatchObject({
      NODE_ENV: 'production',
      DATABASE_URL: `sqlite:/var/lib/${valuesOf('StateDirectory')}/gatehouse.db`,
    });
    expect(valuesOf('ExecStart')).toEqual([expect.stringMatching(/^\/usr\/bin\/node \S+\/dist\/main\.js$/)]);
    const onPostgres = settingsOf({ ...environment, PUBLIC_URL, GATEHOUSE_SECRET, DATABASE_URL });
    expect(Number(valuesOf('TimeoutStopSec')) * 1000).toBeGreaterThan(stopsWithin(onPostgres));
  });

  it('is locked down, but for what V8 needs', () => {
    const locks = ['DynamicUser', 'NoNewPrivileges', 'ProtectHome', 'PrivateTmp', 'PrivateDevices'];
    expect(locks.flatMap(valuesOf)).toEqual(locks.map(() => 'yes'));
    // A copy of the unit runs as the same user, which owns the shared folder.
    expect(valuesOf('User')).toEqual(['gatehouse']);
    expect(valuesOf('ProtectSystem')).toEqual(['strict']);
    expect(valuesOf('CapabilityBoundingSet')).toEqual(['']);
    expect(valuesOf('MemoryDenyWriteExecute')).toEqual([]);
  });

  it.skipIf(!hasSystemd)('is understood by systemd', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-unit-'));
    try {
      const file = join(folder, 'gatehouse.service');
      // Where Node is on this machine.
      writeFileSync(file, unit.replace('/usr/bin/node', process.execPath));
      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
      expect(verified.stderr + verified.stdout).toBe('');
      expect(verified.status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
