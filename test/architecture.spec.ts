import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  backDoors,
  barrelsAndDrawers,
  forwardRefs,
  misplacedModules,
  readSources,
  reExports,
  synchronised,
  transactionsOutside,
  unplacedFolders,
  wrongWayImports,
} from './support/source-rules.js';

/** Every folder of `src/`, left to right: each imports only those before it. A new feature is added here. */
const ORDER = [
  'config',
  'database',
  'http',
  'access',
  'audit',
  'limits',
  'mail',
  'tokens',
  'sessions',
  'roles',
  'users',
  'api-keys',
  'factors',
  'auth',
  'resources',
  'transfer',
  'account',
  'health',
  'cli',
];

const files = [...readSources('src'), { path: 'ormconfig.ts', text: readFileSync('ormconfig.ts', 'utf8') }];
const appModule = readFileSync('src/app.module.ts', 'utf8');

/** A made-up source file. */
const file = (path: string, text = '') => ({ path, text });

// Closed by default is proved in access/decorators.spec.ts, no drift in database/drift.spec.ts.
describe('the source', () => {
  it('has one order: every folder stands in it and imports only folders to its left', () => {
    expect(unplacedFolders(files, ORDER)).toEqual([]);
    expect(wrongWayImports(files, ORDER)).toEqual([]);
  });

  it('lists the modules in app.module.ts in that order', () => {
    expect(misplacedModules(appModule, files, ORDER)).toEqual([]);
  });

  it('ties no knots with forwardRef', () => {
    expect(forwardRefs(files)).toEqual([]);
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
});

describe('the rules of the source', () => {
  it('see an import to the right, however it is written', () => {
    const imports = [
      `import { Users } from '../users/users.service.js';`,
      `import type { Users } from '../users/users.service.js';`,
      `import {\n  Users,\n  Others,\n} from '../users/users.service.js';`,
      `import * as users from "../users/users.service.js";`,
      `import '../users/users.service.js';`,
      `const users = await import('../users/users.service.js');`,
      `export { Users } from '../users/users.service.js';`,
    ];
    for (const text of imports) {
      const [found, ...more] = wrongWayImports([file('src/tokens/x.ts', text)], ORDER);
      expect(found, text).toMatch(
        /^src\/tokens\/x\.ts imports src\/users\/users\.service\.ts, but users does not/,
      );
      expect(more).toEqual([]);
    }
  });

  it('see an import of the root, and let the root import everything', () => {
    const text = `import { AppModule } from '../app.module.js';`;
    expect(wrongWayImports([file('src/users/x.ts', text)], ORDER)[0]).toContain('nothing of the root');
    const root = `import { Users } from './users/users.service.js';`;
    expect(wrongWayImports([file('src/main.ts', root)], ORDER)).toEqual([]);
  });

  it('let a unit spec use the support of the tests, and nothing else do so', () => {
    const text = `import { clock } from '../../test/support/clock.js';`;
    expect(wrongWayImports([file('src/users/x.spec.ts', text)], ORDER)).toEqual([]);
    expect(wrongWayImports([file('src/users/x.ts', text)], ORDER)).toHaveLength(1);
  });

  it('let a folder import itself and what is left of it', () => {
    const text = `import { A } from './a.js';\nimport { R } from '../roles/roles.service.js';\n// from '../health/x.js'`;
    expect(wrongWayImports([file('src/users/x.ts', text)], ORDER)).toEqual([]);
    expect(backDoors([file('src/users/x.ts', text)])).toEqual([]);
  });

  it('see a folder without a place and a place without a folder', () => {
    const [missing, gone] = unplacedFolders([file('src/gateway/x.ts'), file('src/main.ts')], ['users']);
    expect(missing).toMatch(/^src\/gateway has no place in ORDER/);
    expect(gone).toMatch(/^src\/users is gone/);
  });

  it('see a module out of order and a module that was forgotten', () => {
    const wrong = `import { UsersModule } from './users/users.module.js';
      import { RolesModule } from './roles/roles.module.js';
      @Module({ imports: [UsersModule, RolesModule] })`;
    expect(misplacedModules(wrong, [], ORDER)).toEqual([
      expect.stringContaining('lists UsersModule too early'),
    ]);
    const unplaced = `import { RolesModule } from './roles/roles.module.js';
      import { TenantsModule } from './tenants/tenants.module.js';
      import { UsersModule } from './users/users.module.js';
      @Module({ imports: [RolesModule, UsersModule, TenantsModule] })`;
    expect(misplacedModules(unplaced, [], ORDER)).toEqual([]);
    const forgotten = [file('src/health/health.module.ts')];
    expect(misplacedModules('', forgotten, ORDER)).toEqual([
      expect.stringContaining('does not import src/health/health.module.ts'),
    ]);
  });

  it('see a back door, for a type too', () => {
    const text = `import type { CreateUser } from '../users/users.dto.js';`;
    expect(backDoors([file('src/auth/x.ts', text)])[0]).toContain('of users, import only');
    expect(backDoors([file('src/auth/x.ts', `import { a } from '../http/fields.js';`)])).toEqual([]);
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
    expect(reExports([file('src/users/users.service.ts', text)])[0]).toContain('re-exports what it imports');
  });

  it('let a file export what is its own', () => {
    const text = `import { type A } from './a.js';\nconst B = 1;\ntype C = A;\nexport { B, type C };\nexport const D = B;`;
    expect(reExports([file('src/users/users.service.ts', text)])).toEqual([]);
  });

  it.each([
    ['dataSource.transaction(async () => {})'],
    ['await runner.startTransaction();'],
    ["await this.database.query('BEGIN IMMEDIATE');"],
    ['constructor(private readonly users: Repository<User>) {}\n  a() { return this.users.save(user); }'],
    ['constructor(private readonly users: Repository<User>) {}\n  a() { return this.users.remove(user); }'],
    ['constructor(private readonly entities: EntityManager) {}'],
  ])('see a transaction outside src/database: %s', (text) => {
    expect(transactionsOutside([file('src/users/x.ts', text)])[0]).toContain('Database.atomically()');
    expect(transactionsOutside([file('src/database/x.ts', text)])).toEqual([]);
  });

  it('do not take a method of a service for a transaction', () => {
    const text =
      'constructor(private readonly users: UsersService) {}\n  a() { return this.users.remove(id); }';
    expect(transactionsOutside([file('src/users/x.ts', text)])).toEqual([]);
  });

  it('see forwardRef, synchronize, barrels and drawers', () => {
    expect(forwardRefs([file('src/a/x.ts', 'imports: [forwardRef(() => B)]')])).toHaveLength(1);
    expect(synchronised([file('ormconfig.ts', 'synchronize: true')])).toHaveLength(1);
    expect(synchronised([file('ormconfig.ts', 'synchronize: false')])).toEqual([]);
    expect(barrelsAndDrawers([file('src/users/index.ts')])).toHaveLength(1);
    expect(barrelsAndDrawers([file('src/common/x.ts'), file('src/users/utils.ts')])).toHaveLength(2);
    expect(barrelsAndDrawers([file('src/users/users.service.ts')])).toEqual([]);
  });
});
