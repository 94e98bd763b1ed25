import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** A source file, its path from the root of the repository. */
export interface SourceFile {
  path: string;
  text: string;
}

/** The wing whose every file others may import, and the room that every page is made with. */
const OPEN = ['platform/', 'web/views'];
const FRONT_DOOR = /\.(service|module|entity|errors|types|decorators)\.ts$/;
/** What becomes of rows stays when their feature is off. */
const ENDING = /\.ending\.ts$/;
const COMMENTS = /\/\*[^]*?\*\/|^\s*\/\/.*$/gm;
/** Names of folders and files that say nothing of what is in them. */
export const DRAWERS = ['common', 'shared', 'utils', 'util', 'helpers', 'lib'];

/** Every TypeScript file under `folder`. */
export function readSources(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => posix.join(folder, name))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/**
 * Rule 1: a folder imports only folders to its left, and nothing of the root, where everything is put together. A unit
 * spec next to the code may use the support of the tests.
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

/**
 * The modules of `app.module.ts` stand in the order, those of `app.features.ts` too, and every room's module is in one of
 * the two.
 */
export function misplacedModules(
  appModule: string,
  files: SourceFile[],
  order: string[],
  features: OptionalFeature[] = [],
): string[] {
  const folderOfModule = new Map(
    importsOf(appModule).flatMap(({ names, target }) =>
      names.map((name) => [name, target.split('/').slice(1, 3).join('/')]),
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
  const loaded = [
    ...files.filter(({ path }) => path === 'src/app.pages.ts').flatMap(({ text }) => importsOf(text)),
    ...importsOf(appModule),
  ].map(({ target }) => target.split('/').slice(1, 3).join('/'));
  const forgotten = files
    .filter(({ path }) => /^src\/[^/]+\/([^/]+)\/\1\.module\.ts$/.test(path))
    .filter(({ path }) => ![...loaded, ...features.flatMap(({ rooms }) => rooms)].includes(folderOf(path)!));
  const places = features.map(({ name, rooms }) => ({
    name,
    place: Math.min(...rooms.map((room) => order.indexOf(room))),
  }));
  const lateFeatures = places.filter(({ place }, index) =>
    places.slice(index + 1).some((next) => next.place < place),
  );
  return [
    ...lateFeatures.map(
      ({ name }) => `app.features.ts lists ${name} too early: move it down to its place in ORDER`,
    ),
    ...late.map(({ name }) => `app.module.ts lists ${name} too early: move it down to its place in ORDER`),
    ...forgotten.map(
      ({ path }) =>
        `app.module.ts does not import ${path}: add it at its place in ORDER, or to app.features.ts or app.pages.ts`,
    ),
  ];
}

/** A feature as `app.features.ts` writes it. */
export interface OptionalFeature {
  name: string;
  needs: string[];
  /** `wing/room` of each of its modules. */
  rooms: string[];
}

/** The rows of `app.features.ts`. */
export function featuresIn(appFeatures: string): OptionalFeature[] {
  const row = /\bname: '([\w-]+)',\s*needs: \[([^\]]*)\],\s*load:([^]*?)(?=\bpages:|\bname: '|\n\];)/g;
  return [...withoutComments(appFeatures).matchAll(row)].map(([, name, needs = '', load = '']) => ({
    name: name!,
    needs: [...needs.matchAll(/'([\w-]+)'/g)].map(([, need]) => need!),
    rooms: importsOf(load).map(({ target }) => target.split('/').slice(1, 3).join('/')),
  }));
}

/** Rule 4: the rooms of a feature know those of another one only when `needs` names it, types too. */
export function uninvited(files: SourceFile[], features: OptionalFeature[]): string[] {
  const featureOf = (room: string | undefined) => features.find(({ rooms }) => rooms.includes(room!));
  return crossings(files).flatMap(({ file, from, target, to }) => {
    const [here, there] = [featureOf(from), featureOf(to)];
    if (!here || !there || here === there || here.needs.includes(there.name)) return [];
    return [
      `${file} imports ${target}: add ${there.name} to the needs of ${here.name} in app.features.ts, or do without`,
    ];
  });
}

/**
 * What an off feature must not have loaded: all that is imported from the files of the root, other than by `import()`. Of
 * the root, only `app.features.ts` loads by `import()` what a feature is; the pages of `app.pages.ts` may be on without it.
 */
export function loadedWhenOff(files: SourceFile[], features: OptionalFeature[]): string[] {
  const optional = features.flatMap(({ rooms }) => rooms);
  const byPath = new Map(files.map((each) => [each.path, each]));
  const roots = files.map(({ path }) => path).filter((path) => /^src\/[^/]+\.ts$/.test(path));
  const reached = new Set(roots);
  const found: string[] = [];
  for (const path of reached) {
    for (const { target, when } of importsOf(byPath.get(path)?.text ?? '')) {
      const to = posix.join(posix.dirname(path), target).replace(/\.js$/, '.ts');
      const isOfRoot = roots.includes(path) && path !== 'src/app.features.ts' && when === 'on demand';
      if (when !== 'at start' && !isOfRoot) continue;
      if (optional.includes(folderOf(to)!) && !optional.includes(folderOf(path)!) && !ENDING.test(to))
        found.push(
          `${path} imports ${to}, which is loaded though its feature is off: load it with import(), or move it`,
        );
      reached.add(to);
    }
  }
  return found;
}

/** Rule 3: the tables that SQL names belong to the room itself, or to rooms to its left; what ends rows is in endings. */
export function sqlToTheRight(files: SourceFile[], order: string[]): string[] {
  const roomOfTable = new Map(
    files.flatMap(({ path, text }) =>
      [...text.matchAll(/@Entity\('(\w+)'/g)].map(([, table]) => [table!, folderOf(path)!] as const),
    ),
  );
  return files.flatMap(({ path, text }) => {
    const from = folderOf(path);
    // Migrations are the history of all tables.
    if (!from || from === 'platform/database' || ENDING.test(path)) return [];
    const named = withoutComments(text).matchAll(/\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)/g);
    return [...new Set([...named].map(([, table]) => table!))].flatMap((table) => {
      const to = roomOfTable.get(table);
      if (!to || order.indexOf(to) <= order.indexOf(from)) return [];
      return [
        `${path} names the table ${table}, which ${to} keeps: ask that room, or put what ends its rows into an *.ending.ts`,
      ];
    });
  });
}

/** No circle of files, imports of types among them: each in one line, from the first of its files on. */
export function circles(files: SourceFile[]): string[] {
  const paths = new Set(files.map(({ path }) => path));
  const targets = new Map(
    files.map(({ path, text }) => {
      const imported = importsOf(text).map(({ target }) => posix.join(posix.dirname(path), target));
      const spelled = imported.map((target) => target.replace(/\.js$/, '.ts'));
      return [path, spelled.map((target) => (paths.has(target) ? target : `${target}x`))];
    }),
  );
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (path: string, way: string[]): void => {
    const start = way.indexOf(path);
    if (start >= 0) {
      const circle = way.slice(start);
      const first = circle.indexOf(circle.toSorted()[0]!);
      found.add([...circle.slice(first), ...circle.slice(0, first), circle[first]].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return [...found].map((circle) => `${circle}: move what both need into a file of its own`);
}

/** STYLE.md rule 13: what a service is given, without settings, database and audit trail. */
export function greedyConstructors(files: SourceFile[], most = 6): string[] {
  return files.flatMap(({ path, text }) =>
    [
      ...withoutComments(text).matchAll(/\bclass (\w+)[^{]*\{[^]*?\n  constructor\(([^]*?)\n? ?\) \{/g),
    ].flatMap(([, name, parameters = '']) => {
      const given = [
        ...parameters.matchAll(
          /(?:^|[,(\n])\s*(?:@\w+\([^)]*\)\s*)?(?:private readonly |readonly )?(?:\w+|\{[^}]*\}): (\w+)/g,
        ),
      ].map(([, type]) => type!);
      const counted = given.filter((type) => !['Settings', 'Database', 'AuditService'].includes(type));
      if (counted.length <= most || path.endsWith('.controller.ts') || path.endsWith('.controller.tsx'))
        return [];
      return [
        `${path}: ${name} is given ${counted.length} things, more than ${most}: split it by what it does`,
      ];
    }),
  );
}

/** Files that a reader does not take in at once. */
export function longFiles(files: SourceFile[], most = 300): string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ path, lines }) => lines > most && !path.endsWith('.spec.ts'))
    .map(({ path, lines }) => `${path} has ${lines} lines, more than ${most}: split it by what it does`);
}

/** Rule 2: across features only services, modules, entities, errors and decorators are imported, types too. */
export function backDoors(files: SourceFile[]): string[] {
  return crossings(files)
    .filter(
      ({ from, to, target }) =>
        from && to && !OPEN.some((open) => to.startsWith(open)) && !FRONT_DOOR.test(target),
    )
    .map(
      ({ file, target, to }) =>
        `${file} imports ${target}: of ${to}, import only *.service, *.module, *.entity, *.errors, *.decorators or *.types`,
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

/** Only `platform/database` opens a transaction; TypeORM's `save` and `remove` open one too. */
export function transactionsOutside(files: SourceFile[]): string[] {
  return files
    .filter(({ path }) => folderOf(path) !== 'platform/database')
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
        `${path} opens a transaction: put ready statements into Database.atomically(), see src/platform/database/database.service.ts`,
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

/** Words of this house for which the field has plain ones: user, caller, attacker, again, next to, then. */
const HOUSE_WORDS =
  /\b(?:whoever|whatever|whom|somebody|nobody|anybody|everybody|anew|beside|thereby|meanwhile|by then)\b/gi;

/** Comments are in plain English: every house word in them, once there are more than `most` in 1,000 words. */
export function houseWords(files: SourceFile[], most: number): string[] {
  const comments = files.map(({ path, text }) => ({ path, said: (text.match(COMMENTS) ?? []).join('\n') }));
  const words = comments.reduce((sum, { said }) => sum + (said.match(/[\w’']+/g) ?? []).length, 0);
  const found = comments.flatMap(({ path, said }) =>
    (said.match(HOUSE_WORDS) ?? []).map((word) => `${path} says "${word}": say who or when in plain English`),
  );
  return found.length * 1_000 > most * words ? found : [];
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

interface Import {
  names: string[];
  target: string;
  when: 'at start' | 'on demand' | 'never';
}

/** The relative imports of a file: static, for types, for effect, dynamic, and re-exports. */
function importsOf(text: string): Import[] {
  const pattern =
    /(?:(?:import|export)\b(\s+type\b)?([^;'"()]*?)from\s*|import\s*(\(?)\s*)['"](\.[^'"]*)['"]/g;
  return [...withoutComments(text).matchAll(pattern)].map(([, type, names = '', call, target]) => ({
    names: names.match(/\w+/g) ?? [],
    target: target!,
    when: type ? 'never' : call === '(' ? 'on demand' : 'at start',
  }));
}

function folderOf(path: string): string | undefined {
  return /^src\/([^/]+\/[^/]+)\//.exec(path)?.[1];
}

function matching(files: SourceFile[], pattern: RegExp, mend: string): string[] {
  return files.filter(({ text }) => pattern.test(withoutComments(text))).map(({ path }) => `${path} ${mend}`);
}

function withoutComments(text: string): string {
  return text.replaceAll(COMMENTS, '');
}
