// Compiles the server and bundles what browsers load, into the folder that is named, dist/ when none is.
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TEXTS = ['platform/mail/texts', 'web/views/texts', 'web/console/texts', 'web/token-tool/texts'];

/** Compiles `src/` into `folder`. Gives the exit code. */
export function compile(folder) {
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', folder];
  const { status } = spawnSync(process.execPath, [...tsc, '--tsBuildInfoFile', `${folder}/.tsbuildinfo`], {
    stdio: 'inherit',
  });
  // Read when the server starts, and so not known to the compiler.
  if (status === 0)
    for (const each of TEXTS) cpSync(join('src', each), join(folder, each), { recursive: true });
  return status ?? 1;
}

/** Bundles `web/` into `folder`/web, each file in three encodings, and what the command line shares with it. */
export async function bundle(folder) {
  // Also where tests build: they measure and drive what users get.
  process.env['NODE_ENV'] = 'production';
  const { build } = await import('vite');
  const outDir = resolve(folder, 'web');
  rmSync(join(outDir, 'assets'), { recursive: true, force: true });
  await build({ configFile: 'web/vite.config.mjs', build: { outDir } });
  await build({ configFile: 'web/console/vite.config.mjs', build: { outDir } });
  compress(join(outDir, 'assets'));
  await bundleTokenTool(resolve(folder, 'token-tool'));
}

/** The token tool for Node, with its libraries, so that an installation needs none of them. */
async function bundleTokenTool(outDir) {
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: 'web',
    logLevel: 'warn',
    build: { ssr: 'tokens/command-line.ts', outDir, emptyOutDir: true, target: 'node20' },
    ssr: { noExternal: true },
  });
}

/** Once, at the highest level, so that no request pays for it. */
export function compress(folder) {
  for (const name of readdirSync(folder).filter((each) => /\.(js|css|svg|json)$/.test(each))) {
    const bytes = readFileSync(join(folder, name));
    const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes, { params }));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , folder = 'dist'] = process.argv;
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = compile(folder);
  if (process.exitCode === 0) await bundle(folder);
}
