// `node .ci/again.mjs CONFIG`: runs the files that failed in the last run of a suite once more, alone. On a busy machine a test
// may wait longer than it allows itself; what is wrong fails again. More than a few are no chance, and are not asked again.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const MOST = 6;
const CACHE = 'node_modules/.vite/vitest';
const [config] = process.argv.slice(2);

const failed = readdirSync(CACHE)
  .flatMap((folder) => JSON.parse(readFileSync(`${CACHE}/${folder}/results.json`, 'utf8')).results)
  .filter(([, result]) => result.failed)
  .map(([file]) => file.replace(/^.*?:/, ''));
if (failed.length === 0 || failed.length > MOST) {
  process.stdout.write(`not run again: ${failed.length} files failed\n`);
  process.exit(1);
}
process.stdout.write(`run again, alone: ${failed.join(' ')}\n`);
const args = ['vitest', 'run', '--config', config, '--no-file-parallelism', ...failed];
process.exit(spawnSync('npx', args, { stdio: 'inherit' }).status ?? 1);
