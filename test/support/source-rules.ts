import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** A source file, its path from the root of the repository. */
export interface SourceFile {
  path: string;
  text: string;
}

/** Folders whose every file others may import. */
const OPEN = ['access', 'config', 'database', 'http'];
const FRONT_DOOR = /\.(service|module|entity|errors)\.ts$/;
/** Names of folders and files that say nothing of what is in them. */
export const DRAWERS = ['common', 'shared', 'utils', 'util', 'helpers', 'lib'];

/** Every TypeScript file under `folder`. */
export function readSources(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => posix.join(folder, name))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/**
 * Rule 1: a folder imports only folders to its left, and nothing of the root, where everything is put together. A unit
 * spec beside the code may use the support of the tests.
 */
export function wrongWayImports(files: SourceFile[], order: string[]): string[] {
  return crossings(files).flatMap(({ file, from, target, to }) => {
    if (from === undefined) return [];
    if (file.endsWith('.spec.ts') && target.startsWith('test/support/')) return [];
    if (to === undefined)
      return [`${file} imports ${target}: a folder imports nothing of the root; move what it needs`];
    if (order.indexOf(to) < order.indexOf(from)) return [];
    return [
      `${file} imports ${target}, but ${to} does not stand before ${from}: ` +
        `move what is shared into a folder to the left, or let ${to} call ${from}`,
    ];
  });
}

/** Every folder has its place in the order, and every place its folder. */
export function unplacedFolders(files: SourceFile[], order: string[]): string[] {
  const folders = new Set(files.flatMap(({ path }) => folderOf(path) ?? []));
  return [
    ...[...folders]
      .filter((folder) => !order.includes(folder))
      .map((folder) => `src/${folder} has no place in ORDER: put it right of every folder it imports`),
    ...order
      .filter((folder) => !folders.has(folder))
      .map((folder) => `src/${folder} is gone: take it out of ORDER`),
  ];
}

/** The imports of `app.module.ts` stand in the order, and no feature is forgotten. */
export function misplacedModules(appModule: string, files: SourceFile[], order: string[]): string[] {
  const folderOfModule = new Map(
    importsOf(appModule).flatMap(({ names, target }) =>
      names.map((name) => [name, target.split('/')[1] ?? '']),
    ),
  );
  const listed = (/@Module\(\{[^]*?imports: \[([^\]]*)\]/.exec(appModule)?.[1] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => folderOfModule.has(name))
    .map((name) => ({ name, place: order.indexOf(folderOfModule.get(name)!) }))
    // Of a folder without a place `unplacedFolders` tells; no module is too early for it.
    .filter(({ place }) => place >= 0);
  const late = listed.filter(({ place }, index) =>
    listed.slice(index + 1).some((next) => next.place < place),
  );
  const forgotten = files
    .filter(({ path }) => /^src\/([^/]+)\/\1\.module\.ts$/.test(path))
    .filter(({ path }) => ![...folderOfModule.values()].includes(folderOf(path)!));
  return [
    ...late.map(({ name }) => `app.module.ts lists ${name} too early: move it down to its place in ORDER`),
    ...forgotten.map(({ path }) => `app.module.ts does not import ${path}: add it at its place in ORDER`),
  ];
}

/** Rule 2: across features only services, modules, entities and errors are imported, types too. */
export function backDoors(files: SourceFile[]): string[] {
  return crossings(files)
    .filter(({ from, to, target }) => from && to && !OPEN.includes(to) && !FRONT_DOOR.test(target))
    .map(
      ({ file, target, to }) =>
        `${file} imports ${target}: of ${to}, import only *.service, *.module, *.entity or *.errors`,
    );
}

/** Rule 2 cannot be got round: no file hands on what another one of the repository exports. */
export function reExports(files: SourceFile[]): string[] {
  return files.filter(handsOn).map(({ path }) => {
    return `${path} re-exports what it imports: define it there, or have others import it where it is defined`;
  });
}

/** No knot is tied with `forwardRef`. */
export function forwardRefs(files: SourceFile[]): string[] {
  return matching(
    files,
    /\bforwardRef\b/,
    'uses forwardRef: break the cycle, the left one must not know the right one',
  );
}

/** Rule 4: the schema comes from migrations alone. */
export function synchronised(files: SourceFile[]): string[] {
  return matching(
    files,
    /synchronize['"]?\s*:\s*true|\.synchronize\(/,
    'synchronises the schema: write a migration instead',
  );
}

/** Only `src/database` opens a transaction; TypeORM's `save` and `remove` open one too. */
export function transactionsOutside(files: SourceFile[]): string[] {
  return files
    .filter(({ path }) => folderOf(path) !== 'database')
    .flatMap(({ path, text }) => {
      const code = withoutComments(text);
      const repositories = [...code.matchAll(/(\w+)\??: (?:Tree)?Repository</g)].map(([, name]) => name);
      const opens =
        /\.transaction\(|\bstartTransaction\b|\bcreateQueryRunner\b|\bEntityManager\b|\bBEGIN\b|START TRANSACTION/;
      const saves = new RegExp(
        `\\b(${['manager', ...repositories].join('|')})\\.(save|remove|softRemove|recover)\\(`,
      );
      if (!opens.test(code) && !saves.test(code)) return [];
      return [
        `${path} opens a transaction: put ready statements into Database.atomically(), see src/database/database.service.ts`,
      ];
    });
}

/** No barrel, and no drawer for what has no place. */
export function barrelsAndDrawers(files: SourceFile[]): string[] {
  return files.flatMap(({ path }) => {
    const parts = path.split('/');
    if (parts.at(-1) === 'index.ts') return [`${path} is a barrel: import from the files themselves`];
    const drawer = parts.find((part) => DRAWERS.includes(part.replace('.ts', '')));
    return drawer ? [`${path} lies in the drawer "${drawer}": name the file after what it is for`] : [];
  });
}

function handsOn({ text }: SourceFile): boolean {
  const imported = new Set(importsOf(text).flatMap(({ names }) => names));
  imported.delete('type');
  const lists = /^export (?:type )?(?:\*|\{([^}]*)\})(\s*(?:as \w+\s*)?from\b)?/gm;
  return [...withoutComments(text).matchAll(lists)].some(
    ([, names = '', from]) => from || names.match(/\w+/g)?.some((name) => imported.has(name)),
  );
}

interface Crossing {
  file: string;
  from: string | undefined;
  target: string;
  to: string | undefined;
}

/** Every import that leaves its folder. */
function crossings(files: SourceFile[]): Crossing[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text)
      .map(({ target }) => posix.join(posix.dirname(path), target).replace(/\.js$/, '.ts'))
      .map((target) => ({ file: path, from: folderOf(path), target, to: folderOf(target) }))
      .filter(({ from, to }) => from !== to),
  );
}

/** The relative imports of a file: static, for types, for effect, dynamic, and re-exports. */
function importsOf(text: string): { names: string[]; target: string }[] {
  const pattern = /(?:(?:import|export)\b(?:\s+type)?([^;'"()]*?)from\s*|import\s*\(?\s*)['"](\.[^'"]*)['"]/g;
  return [...withoutComments(text).matchAll(pattern)].map(([, names = '', target]) => ({
    names: names.match(/\w+/g) ?? [],
    target: target!,
  }));
}

function folderOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

function matching(files: SourceFile[], pattern: RegExp, mend: string): string[] {
  return files.filter(({ text }) => pattern.test(withoutComments(text))).map(({ path }) => `${path} ${mend}`);
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
}
