// Compiles and bundles on every change of a source, and restarts the server when its own have changed.
import { spawn } from 'node:child_process';

const run = (...args) => spawn(process.execPath, args, { stdio: 'inherit' });
const children = [
  run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput'),
  run('node_modules/vite/bin/vite.js', 'build', '--watch', '--config', 'web/vite.config.mjs'),
  run('node_modules/vite/bin/vite.js', 'build', '--watch', '--config', 'web/console/vite.config.mjs'),
  run('--watch-preserve-output', '--watch', 'dist/main.js'),
];
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => children.forEach((child) => child.kill(signal)));
}
