import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runNode } from '../../support/run-node.js';

interface Locked {
  packages: Record<string, { hasInstallScript?: boolean }>;
}

/** Says so when a server is called. The script waits for npm as long as it takes, and not three seconds. */
const LISTENING = `data:text/javascript,${encodeURIComponent(
  `import https from 'node:https'; import http from 'node:http'; import processes from 'node:child_process';
   import { syncBuiltinESMExports } from 'node:module';
   const { exec } = processes;
   processes.exec = (command, options, done) => exec(command, { ...options, timeout: 0 }, done);
   for (const each of [http, https]) each.request = () => { console.log('CALLED'); process.exit(9); };
   syncBuiltinESMExports();`,
)}`;

describe('npm ci', () => {
  it('runs scripts of known packages alone', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Locked;
    const withScripts = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);
    const names = withScripts.map(([path]) => path.replace(/^.*node_modules\//, ''));
    expect([...new Set(names)].toSorted()).toEqual(['@scarf/scarf', 'better-sqlite3', 'esbuild']);
  });

  it('reports to no server', async () => {
    const env = { INIT_CWD: process.cwd(), SCARF_VERBOSE: 'true', HOME: process.env['HOME'] ?? '' };
    const report = ['--import', LISTENING, 'node_modules/@scarf/scarf/report.js'];
    const { out, err } = await runNode(report, { env });
    expect(out).not.toContain('CALLED');
    expect(out + err).toMatch(/disabled|opted out/);
  });
});
