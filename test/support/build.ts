import { execFileSync } from 'node:child_process';

/** Some specs start the real process, and so need it built. */
export default function build(): void {
  execFileSync(process.execPath, ['tools/build-if-needed.mjs'], { stdio: 'inherit' });
}
