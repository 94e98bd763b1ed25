import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FEATURES } from '../src/app.features.js';
import { ORDER } from '../src/app.order.js';
import {
  backDoors,
  barrelsAndDrawers,
  circles,
  featuresIn,
  forwardRefs,
  greedyConstructors,
  houseWords,
  loadedWhenOff,
  longFiles,
  misplacedModules,
  readSources,
  reExports,
  sqlToTheRight,
  synchronised,
  transactionsOutside,
  uninvited,
  unplacedFolders,
  wrongWayImports,
} from './support/source-rules.js';

const files = [...readSources('src'), { path: 'ormconfig.ts', text: readFileSync('ormconfig.ts', 'utf8') }];
/** Every room as `wing/room`, left to right. */
const ROOMS = Object.entries(ORDER).flatMap(([wing, rooms]) => rooms.map((room) => `${wing}/${room}`));
const appModule = readFileSync('src/app.module.ts', 'utf8');
const features = featuresIn(readFileSync('src/app.features.ts', 'utf8'));

/** How many words of this house comments may have in 1,000. */
const HOUSE_WORDS_PER_1000 = 2;

/** A made-up source file. */
const file = (path: string, text = '') => ({ path, text });

// Closed by default is proved in access/decorators.spec.ts, no drift in database/drift.spec.ts.
describe('the source', () => {
  it('has one order: every folder stands in it and imports only folders to its left', () => {
    expect(unplacedFolders(files, ROOMS)).toEqual([]);
    expect(wrongWayImports(files, ROOMS)).toEqual([]);
  });

  it('lists the modules in app.module.ts in that order', () => {
    expect(misplacedModules(appModule, files, ROOMS, features)).toEqual([]);
  });

  it('loads nothing of a feature that is off, and lets features know of each other what they need', () => {
    expect(features.map(({ name, needs }) => ({ name, needs }))).toEqual(
      FEATURES.map(({ name, needs }) => ({ name, needs })),
    );
    expect(loadedWhenOff(files, features)).toEqual([]);
    expect(uninvited(files, features)).toEqual([]);
  });

  it('ties no knots with forwardRef, and has no circle of files', () => {
    expect(forwardRefs(files)).toEqual([]);
    expect(circles(files)).toEqual([]);
  });

  it('names no table of a room to the right in its SQL', () => {
    expect(sqlToTheRight(files, ROOMS)).toEqual([]);
  });

  it('has services that are given few things, in files that can be read at once', () => {
    expect(greedyConstructors(files)).toEqual([]);
    expect(longFiles(files)).toEqual([]);
  });

  it('enters features by their front doors only', () => {
    expect(backDoors(files)).toEqual([]);
    expect(reExports(files)).toEqual([]);
  });

  it('leaves the schema to migrations', () => {
    expect(synchronised(files)).toEqual([]);
  });

  it('opens transactions in src/database only', () => {
    expect(transactionsOutside(files)).toEqual([]);
  });

  it('has no barrels and no drawers', () => {
    expect(barrelsAndDrawers(files)).toEqual([]);
  });

  it('is commented in plain English', () => {
    expect(houseWords(files, HOUSE_WORDS_PER_1000)).toEqual([]);
  });
});

describe('the rules of the source', () => {
  it('see an import to the right, however it is written', () => {
    const imports = [
      `import { Users } from '../../accounts/users/users.service.js';`,
      `import type { Users } from '../../accounts/users/users.service.js';`,
      `import {\n  Users,\n  Others,\n} from '../../accounts/users/users.service.js';`,
      `import * as users from "../../accounts/users/users.service.js";`,
      `import '../../accounts/users/users.service.js';`,
      `const users = await import('../../accounts/users/users.service.js');`,
      `export { Users } from '../../accounts/users/users.service.js';`,
    ];
    for (const text of imports) {
      const [found, ...more] = wrongWayImports([file('src/tokens/keys/x.ts', text)], ROOMS);
      expect(found, text).toMatch(
        /^src\/tokens\/keys\/x\.ts imports src\/accounts\/users\/users\.service\.ts, but accounts\/users does not/,
      );
      expect(more).toEqual([]);
    }
  });

  it('see an import of the root, and let the root import everything', () => {
    const text = `import { AppModule } from '../../app.module.js';`;
    expect(wrongWayImports([file('src/accounts/users/x.ts', text)], ROOMS)[0]).toContain(
      'nothing of the root',
    );
    const root = `import { Users } from './accounts/users/users.service.js';`;
    expect(wrongWayImports([file('src/main.ts', root)], ROOMS)).toEqual([]);
  });

  it('let a unit spec use the support of the tests, and nothing else do so', () => {
    const text = `import { clock } from '../../../test/support/clock.js';`;
    expect(wrongWayImports([file('src/accounts/users/x.spec.ts', text)], ROOMS)).toEqual([]);
    expect(wrongWayImports([file('src/accounts/users/x.ts', text)], ROOMS)).toHaveLength(1);
  });

  it('let a folder import itself and what is left of it', () => {
    const text = `import { A } from './a.js';\nimport { R } from '../../accounts/roles/roles.service.js';\n// from '../../operations/health/x.js'`;
    expect(wrongWayImports([file('src/accounts/users/x.ts', text)], ROOMS)).toEqual([]);
    expect(backDoors([file('src/accounts/users/x.ts', text)])).toEqual([]);
  });

  it('see a folder without a place and a place without a folder', () => {
    const [missing, gone] = unplacedFolders(
      [file('src/apis/gateway/x.ts'), file('src/main.ts')],
      ['accounts/users'],
    );
    expect(missing).toMatch(/^src\/apis\/gateway has no place in ORDER/);
    expect(gone).toMatch(/^src\/accounts\/users is gone/);
  });

  it('see a module out of order and a module that was forgotten', () => {
    const wrong = `import { UsersModule } from './accounts/users/users.module.js';
      import { RolesModule } from './accounts/roles/roles.module.js';
      @Module({ imports: [UsersModule, RolesModule] })`;
    expect(misplacedModules(wrong, [], ROOMS)).toEqual([
      expect.stringContaining('lists UsersModule too early'),
    ]);
    const unplaced = `import { RolesModule } from './accounts/roles/roles.module.js';
      import { TenantsModule } from './features/tenants/tenants.module.js';
      import { UsersModule } from './accounts/users/users.module.js';
      @Module({ imports: [RolesModule, UsersModule, TenantsModule] })`;
    expect(misplacedModules(unplaced, [], ROOMS)).toEqual([]);
    const forgotten = [file('src/operations/health/health.module.ts')];
    expect(misplacedModules('', forgotten, ROOMS)).toEqual([
      expect.stringContaining('does not import src/operations/health/health.module.ts'),
    ]);
  });

  it('see a feature out of order, and know the modules that features load', () => {
    const row = (name: string, room: string) => ({ name, needs: [], rooms: [room] });
    const [late, ...more] = misplacedModules(
      '',
      [file('src/operations/transfer/transfer.module.ts')],
      ROOMS,
      [row('transfer', 'operations/transfer'), row('resources', 'apis/resources')],
    );
    expect(late).toContain('lists transfer too early');
    expect(more).toEqual([]);
  });

  it('see what is loaded though its feature is off, however far away it is imported', () => {
    const optional = [{ name: 'resources', needs: [], rooms: ['apis/resources'] }];
    const target = '../../apis/resources/resources.service.js';
    const tree = (text: string) => [
      file('src/main.ts', `import { a } from './auth/me/a.js';`),
      file('src/auth/me/a.ts', `import { b } from './b.js';`),
      file('src/auth/me/b.ts', text),
      file('src/auth/me/alone.ts', `import { R } from '${target}';`),
    ];
    expect(loadedWhenOff(tree(`import { R } from '${target}';`), optional)).toEqual([
      expect.stringMatching(
        /^src\/auth\/me\/b\.ts imports src\/apis\/resources\/resources\.service\.ts, which is loaded/,
      ),
    ]);
    for (const harmless of [
      `import type { R } from '${target}';`,
      `const { R } = await import('${target}');`,
      `import { row } from '../../apis/resources/resource.ending.js';`,
    ])
      expect(loadedWhenOff(tree(harmless), optional), harmless).toEqual([]);
  });

  it('see a feature that knows one which it does not say it needs', () => {
    const rows = (needs: string[]) => [
      { name: 'resources', needs: [], rooms: ['apis/resources'] },
      { name: 'transfer', needs, rooms: ['operations/transfer'] },
    ];
    const knows = [
      file('src/operations/transfer/x.ts', `import type { R } from '../../apis/resources/r.service.js';`),
    ];
    expect(uninvited(knows, rows([]))).toEqual([
      expect.stringContaining('add resources to the needs of transfer'),
    ]);
    expect(uninvited(knows, rows(['resources']))).toEqual([]);
  });

  it('see a back door, for a type too', () => {
    const text = `import type { CreateUser } from '../../accounts/users/users.dto.js';`;
    expect(backDoors([file('src/auth/login/x.ts', text)])[0]).toContain('of accounts/users, import only');
    expect(
      backDoors([file('src/auth/login/x.ts', `import { a } from '../../platform/http/fields.js';`)]),
    ).toEqual([]);
  });

  it.each([
    [`export { User } from './user-row.js';`],
    [`export type { User } from './user-row.js';`],
    [`export * from './user-row.js';`],
    [`export * as rows from './user-row.js';`],
    [`import { User } from './user-row.js';\n\nexport { User };`],
    [`import type { User } from './user-row.js';\n\nexport type { User };`],
    [`import { Other, type User } from './user-row.js';\nexport {\n  type User,\n};`],
  ])('see what is handed on: %s', (text) => {
    expect(reExports([file('src/accounts/users/users.service.ts', text)])[0]).toContain(
      're-exports what it imports',
    );
  });

  it('let a file export what is its own', () => {
    const text = `import { type A } from './a.js';\nconst B = 1;\ntype C = A;\nexport { B, type C };\nexport const D = B;`;
    expect(reExports([file('src/accounts/users/users.service.ts', text)])).toEqual([]);
  });

  it.each([
    ['dataSource.transaction(async () => {})'],
    ['await runner.startTransaction();'],
    ["await this.database.query('BEGIN IMMEDIATE');"],
    ['constructor(private readonly users: Repository<User>) {}\n  a() { return this.users.save(user); }'],
    ['constructor(private readonly users: Repository<User>) {}\n  a() { return this.users.remove(user); }'],
    ['constructor(private readonly entities: EntityManager) {}'],
  ])('see a transaction outside src/database: %s', (text) => {
    expect(transactionsOutside([file('src/accounts/users/x.ts', text)])[0]).toContain(
      'Database.atomically()',
    );
    expect(transactionsOutside([file('src/platform/database/x.ts', text)])).toEqual([]);
  });

  it('do not take a method of a service for a transaction', () => {
    const text =
      'constructor(private readonly users: UsersService) {}\n  a() { return this.users.remove(id); }';
    expect(transactionsOutside([file('src/accounts/users/x.ts', text)])).toEqual([]);
  });

  it('see words of the house in comments, and in comments alone, once they are too many', () => {
    const comments = `/** ${'plain '.repeat(997)}Whoever\n * asks meanwhile. */\nconst a = 'somebody'; // who\n`;
    expect(houseWords([file('src/main.ts', comments)], 2)).toEqual([]);
    expect(houseWords([file('src/main.ts', comments), file('src/x.ts', '// It starts anew.')], 2)).toEqual([
      expect.stringMatching(/^src\/main\.ts says "Whoever"/),
      expect.stringMatching(/^src\/main\.ts says "meanwhile"/),
      expect.stringMatching(/^src\/x\.ts says "anew"/),
    ]);
  });

  it('see a circle of files, of types too, and name it once', () => {
    const tree = [
      file('src/accounts/users/a.ts', `import type { B } from './b.js';`),
      file('src/accounts/users/b.ts', `import { c } from './c.js';`),
      file('src/accounts/users/c.ts', `const a = await import('./a.js');`),
      file('src/accounts/users/d.ts', `import { a } from './a.js';`),
    ];
    expect(circles(tree)).toEqual([
      'src/accounts/users/a.ts → src/accounts/users/b.ts → src/accounts/users/c.ts → src/accounts/users/a.ts: ' +
        'move what both need into a file of its own',
    ]);
    expect(circles(tree.filter(({ path }) => !path.endsWith('/c.ts')))).toEqual([]);
  });

  it.each([
    ['`SELECT 1 FROM users u`'],
    ['`SELECT 1 FROM keys JOIN users u ON u.id = owner`'],
    ["'UPDATE users SET name = :name'"],
    ["'INSERT INTO users (id) VALUES (:id)'"],
    ["'DELETE FROM users'"],
  ])('see SQL on a table of a room to the right: %s', (sql) => {
    const entity = file('src/accounts/users/user.entity.ts', `@Entity('users') export class User {}`);
    const at = (path: string) => sqlToTheRight([entity, file(path, `const sql = ${sql};`)], ROOMS);
    expect(at('src/tokens/keys/x.ts')).toEqual([
      expect.stringMatching(/^src\/tokens\/keys\/x\.ts names the table users, which accounts\/users keeps/),
    ]);
    for (const allowed of [
      'src/accounts/users/x.ts',
      'src/auth/login/x.ts',
      'src/tokens/keys/x.ending.ts',
      'src/platform/database/migrations/x.ts',
    ])
      expect(at(allowed), allowed).toEqual([]);
  });

  it('see a service that is given too much, and count neither settings nor database nor audit trail', () => {
    const given = (...types: string[]) => {
      const parameters = types.map((type, index) => `    private readonly p${index}: ${type},\n`).join('');
      return file('src/a/b/x.service.ts', `export class X {\n  constructor(\n${parameters}  ) {}\n}`);
    };
    const six = ['A', 'B', 'C', 'D', 'E', 'F'];
    expect(greedyConstructors([given(...six, 'Settings', 'Database', 'AuditService')])).toEqual([]);
    expect(greedyConstructors([given(...six, 'G')])).toEqual([
      expect.stringContaining('X is given 7 things, more than 6'),
    ]);
  });

  it('see a file that is too long', () => {
    expect(longFiles([file('src/a/b/x.ts', 'x\n'.repeat(300))])).toEqual([]);
    expect(longFiles([file('src/a/b/x.ts', 'x\n'.repeat(301))])).toEqual([
      expect.stringContaining('has 301 lines'),
    ]);
  });

  it('see forwardRef, synchronize, barrels and drawers', () => {
    expect(forwardRefs([file('src/apis/a/x.ts', 'imports: [forwardRef(() => B)]')])).toHaveLength(1);
    expect(synchronised([file('ormconfig.ts', 'synchronize: true')])).toHaveLength(1);
    expect(synchronised([file('ormconfig.ts', 'synchronize: false')])).toEqual([]);
    expect(barrelsAndDrawers([file('src/accounts/users/index.ts')])).toHaveLength(1);
    expect(
      barrelsAndDrawers([file('src/auth/common/x.ts'), file('src/accounts/users/utils.ts')]),
    ).toHaveLength(2);
    expect(barrelsAndDrawers([file('src/accounts/users/users.service.ts')])).toEqual([]);
  });
});
