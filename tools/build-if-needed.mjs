// Builds unless dist/ is newer than every source, so that the second `npm start` does not wait.
import { spawnSync } from 'node:child_process';
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = readdirSync('src', { recursive: true }).map((name) => join('src', name));
const newest = Math.max(...[...sources, 'tsconfig.build.json'].map(changedAt));
const remove = (path) => rmSync(path, { recursive: true, force: true });

if (changedAt('dist/.tsbuildinfo') < newest) {
  // Beside the old one, which a server may be running from and which is kept when there are errors.
  const next = `dist.${process.pid}`;
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', next];
  const { status } = spawnSync(process.execPath, [...tsc, '--tsBuildInfoFile', `${next}/.tsbuildinfo`], {
    stdio: 'inherit',
  });
  if (status === 0) {
    remove('dist');
    renameSync(next, 'dist');
  }
  remove(next);
  process.exitCode = status ?? 1;
}
