// Installs the peers once. They have their own lock file, so that the server's has nothing of theirs.
import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// npm writes this file last: without it an installation was interrupted.
if (!existsSync('bench/node_modules/.package-lock.json')) {
  execSync('npm ci --prefix bench', { stdio: 'inherit' });
}
