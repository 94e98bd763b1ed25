// Builds unless dist/ is newer than every source, so that the second `npm start` does not wait.
import { readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, compile } from './build.mjs';

const MANIFEST = 'web/.vite/manifest.json';
const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const newest = (...folders) =>
  Math.max(
    ...folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true }).map((name) => changedAt(join(folder, name))),
    ),
  );
const remove = (path) => rmSync(path, { recursive: true, force: true });

const isServerOld =
  changedAt('dist/.tsbuildinfo') < Math.max(newest('src'), changedAt('tsconfig.build.json'));
// Pages that the server renders are built of the same components, so that a change there is one of both.
const isWebOld = isServerOld || changedAt(join('dist', MANIFEST)) < newest('web');

if (isServerOld) {
  // Next to the old one, which a server may be running from and which is kept when there are errors.
  const next = `dist.${process.pid}`;
  try {
    process.exitCode = compile(next);
    if (process.exitCode === 0) {
      await bundle(next);
      remove('dist');
      renameSync(next, 'dist');
    }
  } finally {
    remove(next);
  }
} else if (isWebOld) {
  await bundle('dist');
  utimesSync(join('dist', MANIFEST), new Date(), new Date());
}
