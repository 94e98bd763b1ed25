#!/bin/sh
# @nestjs/swagger 12 is ES modules and imports 30 functions from `es-toolkit/compat`, which is an index of the whole library:
# whoever imports a decorator such as `ApiProperty` loads it all, one file a function, at every start. `es-toolkit` is no peer that an
# application chose. A bundler takes the rest out; Node does not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' > package.json
npm install --silent --no-audit --no-fund @nestjs/swagger@12.0.2 @nestjs/common@12.5.1 @nestjs/core@12.5.1 es-toolkit@1.52.0 \
  reflect-metadata@0.2.2 rxjs@7.8.2 >/dev/null
cat > count.mjs <<'END'
// Runs in the thread of the loader; each module that is loaded passes it once.
export async function load(url, context, next) {
  if (url.includes('/node_modules/')) process._rawDebug(`loaded ${url}`);
  return next(url, context);
}
END
cat > run.mjs <<'END'
import { execFileSync, spawnSync } from 'node:child_process';
const register = `data:text/javascript,import { register } from 'node:module'; register(${JSON.stringify(new URL('count.mjs', import.meta.url).href)});`;
const { stderr } = spawnSync(process.execPath, ['--import', register, '--input-type=module', '-e', "import 'reflect-metadata'; await import('@nestjs/swagger');"], { encoding: 'utf8' });
const loaded = stderr.split('\n').filter((line) => line.startsWith('loaded '));
const ofToolkit = loaded.filter((line) => line.includes('/es-toolkit/')).length;
const dist = 'node_modules/@nestjs/swagger/dist';
const names = execFileSync('grep', ['-rhoE', "import \\{[^}]+\\} from 'es-toolkit/compat'", dist], { encoding: 'utf8' });
const used = new Set([...names.matchAll(/\{([^}]+)\}/g)].flatMap(([, list]) => list.split(',').map((name) => name.trim())));
console.log(`@nestjs/swagger 12.0.2: ${loaded.length} files of packages loaded by one import, ${ofToolkit} of them of es-toolkit, for ${used.size} functions`);
process.exit(ofToolkit === 428 && used.size === 30 ? 0 : 1);
END
node run.mjs
