import { NodeWorkflow } from '@angular-devkit/schematics/tools/index.js';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DRAWERS } from '../../support/source-rules.js';

const require = createRequire(import.meta.url);
const { namesOf } = require('../../../tools/schematics/feature/names.js');
const { DRAWERS: refused } = require('../../../tools/schematics/feature/taken.js');
const LISTS = [
  'src/app.module.ts',
  'src/app.order.ts',
  'src/platform/database/database.options.ts',
  'test/platform/access/access-matrix.txt',
  'src/app.endings.ts',
];
const READ = ['.prettierrc', 'src', LISTS[3]!, 'test/whole/docs'];

const ONE_LINE = /^[^\n]{10,300}; nothing was written$/;

describe('the names of a feature', () => {
  it.each([
    ['notes', { singular: 'note', Plural: 'Notes', Entity: 'Note', table: 'notes', A: 'A' }],
    [
      'expense-reports',
      {
        singular: 'expense-report',
        Plural: 'ExpenseReports',
        Entity: 'ExpenseReport',
        plurals: 'expenseReports',
        table: 'expense_reports',
        kind: 'expense_report',
        word: 'expense report',
        a: 'an',
      },
    ],
    ['categories', { singular: 'category' }],
    ['addresses', { singular: 'address', a: 'an' }],
    ['news', { singular: 'news', Entity: 'News' }],
    ['posts', { Singular: 'Post', Entity: 'PostEntity' }],
    ['maps', { Singular: 'Map', Entity: 'MapEntity' }],
    ['records', { Singular: 'Record', Entity: 'RecordEntity' }],
    ['classes', { singular: 'class', Entity: 'Class' }],
  ])('are what one would write by hand: %s', (name, forms) => {
    expect(namesOf({ name })).toMatchObject(forms);
  });

  it('are none of those that the architecture forbids', () => {
    expect(refused).toEqual(DRAWERS);
  });

  it('are told what they cannot know', () => {
    expect(namesOf({ name: 'caches', singular: 'cache' })).toMatchObject({ Entity: 'Cache', kind: 'cache' });
  });

  it.each([
    [undefined, 'say what there will be many of'],
    ['', 'say what there will be many of'],
    ['../x', 'is not lower-case words'],
    ['/etc/notes', 'is not lower-case words'],
    ['1abc', 'is not lower-case words'],
    ['Notes', 'is not lower-case words'],
    ['nötes', 'is not lower-case words'],
    ['zebra crossings', 'is not lower-case words'],
    ['zebra_crossings', 'is not lower-case words'],
    ['notes-', 'is not lower-case words'],
    ['-notes', 'is not lower-case words'],
    ['zebra--crossings', 'is not lower-case words'],
    ['notes\n\u001B[31mred', 'is not lower-case words'],
    ['__proto__', 'is not lower-case words'],
    ['x'.repeat(300), 'more than 40 characters'],
    ['class', 'reserved word of JavaScript'],
    ['await', 'reserved word of JavaScript'],
    ['references', 'reserved word of SQL'],
    ['order', 'reserved word of SQL'],
    ['sqlite-masters', 'belongs to the database'],
    ['constructor', 'its own code'],
    ['cursors', 'its own code'],
    ['purchase-requisitions', '16 characters'],
  ])('may not be %j', (name, reason) => {
    const refused = () => namesOf({ name });
    expect(refused).toThrow(ONE_LINE);
    expect(refused).toThrow(reason);
  });

  it.each([['Zebra'], [''], ['../zebra'], ['zebra-crossing-of-a-long-name']])(
    'may not be %j for one of them',
    (singular) => expect(() => namesOf({ name: 'zebras', singular })).toThrow(ONE_LINE),
  );
});

// That what it writes is right is proved by .ci/generator, which runs it.
describe('npm run g feature', () => {
  let folder: string;

  /** What the generator reads of this repository, in a folder of its own. */
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-generator-'));
    for (const path of READ) cpSync(path, join(folder, path), { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const workflow = () => new NodeWorkflow(folder, { resolvePaths: [process.cwd()] });
  const generate = (name: string) => {
    const feature = { collection: 'gatehouse-schematics', schematic: 'feature', options: { name } };
    return new Promise<void>((resolve, reject) =>
      workflow().execute(feature).subscribe({ error: reject, complete: resolve }),
    );
  };
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  const files = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  const everything = () => new Map(files().map((path) => [path, read(path)]));

  /** It says this in one line, and writes nothing. */
  const expectRefusal = async (refused: () => Promise<unknown>, reason: string | RegExp) => {
    const before = everything();
    const error: Error = await refused().then(
      () => expect.unreachable('it was not refused'),
      (thrown) => thrown,
    );
    expect(error.message).toMatch(ONE_LINE);
    expect(error.message).toMatch(reason);
    expect(everything()).toEqual(before);
  };

  it.each([
    ['users', 'there is a folder src/accounts/users'],
    ['auth', 'there is a folder src/auth'],
    ['docs', 'there is a folder test/whole/docs'],
    ['migrations', 'the table of what TypeORM has applied'],
    ['audit-events', 'GET /v1/audit-events'],
    ['me', 'there is a folder src/auth/me'],
    ['metrics', 'metrics:read'],
    ['leases', 'class Lease in src/platform/database/lease.entity.ts'],
    ['failed-attempts', 'table failed_attempts'],
    ['emails', 'class ChangeEmail'],
    ['utils', 'a drawer'],
    ['zebra', 'is not a plural: say zebras'],
  ])('refuses %s', (name, reason) => expectRefusal(() => generate(name), reason));

  it.each([
    [LISTS[0]!, /const|@Module/g, 'has no "@Module'],
    [LISTS[0]!, /^import .*/gm, 'imports nothing'],
    [LISTS[0]!, /HealthModule,\n {2}/g, 'lists ZebrasModule already', 'HealthModule, ZebrasModule,\n  '],
    [LISTS[0]!, /^/, 'is not TypeScript', '<<<<<<< HEAD\n'],
    [LISTS[1]!, /features:/g, 'has no "features'],
    [LISTS[1]!, /features: \[/g, `lists 'zebras' already`, `features: ['zebras', `],
    [LISTS[2]!, /export const migrations/g, 'has no "export const migrations'],
    [LISTS[4]!, /const ENDINGS/g, 'has no "export const ENDINGS'],
    [
      LISTS[4]!,
      /API_KEY_ENDING,\n {2}/g,
      `lists endsWithAccount\\('zebras'\\) already`,
      `API_KEY_ENDING,\n  endsWithAccount('zebras'),\n  `,
    ],
    [LISTS[3]!, /^POST.*/gm, ':\\d+ has no "method'],
    [LISTS[3]!, /^/, ':1 has no', '<<<<<<< HEAD\n'],
  ])('refuses a tree whose %s was changed: %s', async (path, what, reason, to = 'gone') => {
    const before = read(path);
    writeFileSync(join(folder, path), before.replace(what, to));
    try {
      await expectRefusal(() => generate('zebras'), new RegExp(`^${path}.*${reason}`));
    } finally {
      writeFileSync(join(folder, path), before);
    }
  });

  it.each(LISTS)('refuses a tree without %s', async (path) => {
    const before = read(path);
    rmSync(join(folder, path));
    try {
      await expectRefusal(() => generate('zebras'), `there is no ${path}`);
    } finally {
      writeFileSync(join(folder, path), before);
    }
  });

  it('writes seven files and names the feature in five more', async () => {
    const before = everything();
    await generate('zebra-crossings');
    expect(
      files()
        .filter((path) => !before.has(path))
        .toSorted(),
    ).toEqual([
      'src/features/zebra-crossings/zebra-crossing.entity.ts',
      'src/features/zebra-crossings/zebra-crossings.controller.ts',
      'src/features/zebra-crossings/zebra-crossings.module.ts',
      'src/features/zebra-crossings/zebra-crossings.service.ts',
      expect.stringMatching(/^src\/platform\/database\/migrations\/\d{13}-zebra-crossings\.ts$/),
      'test/features/zebra-crossings/zebra-crossings.spec.ts',
      'web/features/zebra-crossings.tsx',
    ]);
    expect(read('src/features/zebra-crossings/zebra-crossings.controller.ts')).toContain(
      "@ConsoleEntry({ name: 'zebra-crossings', title: 'Zebra crossings', scope: 'zebra-crossings:read' })",
    );
    const changed = [...before.keys()].filter((path) => read(path) !== before.get(path));
    expect(changed.toSorted()).toEqual(LISTS.toSorted());
    expect(read('src/app.module.ts')).toContain('    ZebraCrossingsModule,\n  ],');
    expect(read('src/app.order.ts')).toContain(`  features: ['zebra-crossings'],\n`);
    expect(read('src/platform/database/database.options.ts')).toMatch(/\n {2}ZebraCrossings\d{13},\n\];/);
  });

  it('refuses a name that a page of the console has', async () => {
    mkdirSync(join(folder, 'web/features'), { recursive: true });
    writeFileSync(join(folder, 'web/features/zebra-herds.tsx'), '');
    await expectRefusal(() => generate('zebra-herds'), 'there is a page web/features/zebra-herds.tsx');
  });

  it('makes migrations that come after all others, no matter what the time', async () => {
    const path = 'src/platform/database/database.options.ts';
    writeFileSync(join(folder, path), read(path).replace('/1795471200000-', '/9795471200000-'));
    await generate('zebra-stripes');
    expect(files()).toContain('src/platform/database/migrations/9795471201000-zebra-stripes.ts');
  });

  describe('on the command line', () => {
    const run = (args: string[], env: Record<string, string> = {}) =>
      spawnSync(process.execPath, ['tools/generate.mjs', ...args], {
        encoding: 'utf8',
        env: { ...process.env, ...env },
      });

    it('writes nothing on a dry run, even when npm has taken the flag', () => {
      const { status, stdout, stderr } = run(['feature', 'zebras'], { npm_config_dry_run: 'true' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(/^Nothing was written\./);
      expect(stdout).toContain('src/features/zebras/zebra.entity.ts');
      expect(existsSync('src/features/zebras')).toBe(false);
      expect(readFileSync('src/app.module.ts', 'utf8')).not.toContain('Zebra');
    });

    it.each([
      [['feature', '../x'], /^the name "\.\.\/x" is not lower-case words .*; nothing was written\n$/],
      [['feature', 'zebras', 'zebra'], /^one name is enough: what is "zebra"\?.*\n$/],
      [['feature', 'zebras', '--bogus'], /^Unknown option '--bogus'\. Usage: npm run g feature [^\n]*\n$/],
    ])('says in one line what is wrong with %j', (args, said) => {
      const { status, stdout, stderr } = run(args);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(said);
      expect(existsSync('src/features/zebras')).toBe(false);
    });
  });

  it('has the schematics of Nest next to it', () => {
    const collection = workflow().engine.createCollection('gatehouse-schematics');
    expect(collection.listSchematicNames()).toEqual(
      expect.arrayContaining(['feature', 'controller', 'service']),
    );
  });
});
