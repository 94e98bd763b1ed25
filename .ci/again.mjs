// `node .ci/again.mjs CONFIG`: runs the files that failed in the last run of a suite once more, alone. On a busy machine a test
// may wait longer than it allows itself; what is wrong fails again. More than a few are no chance, and are not asked again, nor
// is a run with an error that belongs to no file.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';

const MOST = 6;
const FAILED = 'test-results/failed.json';
const [config] = process.argv.slice(2);

const { files, errors } = JSON.parse(readFileSync(FAILED, 'utf8'));
rmSync(FAILED);
if (errors > 0 || files.length === 0 || files.length > MOST) {
  process.stdout.write(`not run again: ${files.length} files failed, and ${errors} errors belong to none\n`);
  process.exit(1);
}
process.stdout.write(`run again, alone: ${files.join(' ')}\n`);
const args = ['vitest', 'run', '--config', config, '--no-file-parallelism', ...files];
process.exit(spawnSync('npx', args, { stdio: 'inherit' }).status ?? 1);
