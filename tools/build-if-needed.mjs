// Builds unless dist/ is newer than every source, so that the second `npm start` does not wait.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = readdirSync('src', { recursive: true }).map((name) => join('src', name));
const newest = Math.max(...[...sources, 'package-lock.json', 'tsconfig.build.json'].map(changedAt));

if (changedAt('dist/.tsbuildinfo') < newest) {
  rmSync('dist', { recursive: true, force: true });
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
  });
}
