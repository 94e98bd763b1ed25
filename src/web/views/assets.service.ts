import { Injectable } from '@nestjs/common';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { StartupError } from '../../platform/config/startup.error.js';

/** Where `tools/build.mjs` puts what browsers load, from the sources as from what is built of them. */
export const WEB_FOLDER = fileURLToPath(new URL('../../../dist/web/', import.meta.url));

/** One file of Vite's manifest, by the source that it is made of. */
interface Chunk {
  file: string;
  css?: string[];
  imports?: string[];
  dynamicImports?: string[];
}

/** What an entry needs in a page. */
export interface EntryAssets {
  script: string;
  styles: string[];
}

/** Knows the addresses of what was bundled. Read when the first page asks, for a command asks for none. */
@Injectable()
export class AssetsService {
  private manifest: Record<string, Chunk> | undefined;

  /** The address of a bundled file. @param source such as `styles/pages.css` @throws StartupError when nothing is built */
  url(source: string): string {
    return `/${this.chunk(source).file}`;
  }

  /** Whether something was bundled of this source. */
  has(source: string): boolean {
    this.manifest ??= readManifest();
    return source in this.manifest;
  }

  /** The script of an entry and the styles that it imports. @param source such as `console/main.tsx` */
  entry(source: string): EntryAssets {
    const { file, css = [] } = this.chunk(source);
    return { script: `/${file}`, styles: css.map((each) => `/${each}`) };
  }

  /** The scripts that an entry imports, at once or when it needs them. */
  scriptsBehind(source: string): string[] {
    const found = new Set([source]);
    for (const name of found) {
      const { imports = [], dynamicImports = [] } = this.chunk(name);
      for (const each of [...imports, ...dynamicImports]) found.add(each);
    }
    return [...found].filter((name) => name !== source).map((name) => this.url(name));
  }

  /** What was bundled of a source. */
  read(source: string): Promise<Buffer> {
    return readFile(WEB_FOLDER + this.chunk(source).file);
  }

  private chunk(source: string): Chunk {
    this.manifest ??= readManifest();
    const chunk = this.manifest[source];
    if (!chunk)
      throw new StartupError([`web/${source} is not bundled: add it to ENTRIES in web/vite.config.mjs`]);
    return chunk;
  }
}

/** That of the pages and that of the console, which is bundled by itself. */
function readManifest(): Record<string, Chunk> {
  const manifests = ['manifest.json', 'console.json'].map((name) => `${WEB_FOLDER}.vite/${name}`);
  const missing = manifests.find((path) => !existsSync(path));
  if (missing) throw new StartupError([`${missing} is not there: run npm run build, or set WEB=off`]);
  const read = manifests.map((path) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, Chunk>);
  return Object.assign({}, ...read) as Record<string, Chunk>;
}
