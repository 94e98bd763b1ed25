import { hash as bcrypt } from '@node-rs/bcrypt';
import { afterAll, beforeAll } from 'vitest';
import { RolesService } from '../../src/accounts/roles/roles.service.js';
import { PASSWORD } from './actors.js';
import { startApp, type TestApp } from './app.js';
import type { SignedIn } from './client.js';
import { sendLines } from './lines.js';

export const IMPORT = '/v1/users/import';
/** What is said of an import that did nothing. */
export const NOTHING = { created: 0, updated: 0, skipped: 0, failed: 0, errors: [] };

/** What a spec of imports works with. */
export interface Importing {
  app: TestApp;
  admin: SignedIn;
  /** Of `PASSWORD`, by bcrypt. */
  passwordHash: string;
}

/** A server with a role `support`, and the admin who imports, before all tests of a `describe`. */
export function useUserImports(started: (own: Importing) => void) {
  let app: TestApp;
  let admin: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    const passwordHash = await bcrypt(PASSWORD, 4);
    await admin.post('/v1/roles', { name: 'support', scopes: ['users:read', 'account:read'] });
    started({ app, admin, passwordHash });
  });
  afterAll(() => app.close());

  return {
    send: (...lines: (object | string)[]) => sendLines(admin, IMPORT, ...lines),
    update: (...lines: (object | string)[]) => sendLines(admin, `${IMPORT}?update=true`, ...lines),
    found: (email: string) => userWith(app, email),
  };
}

/** The account with this address as an admin is shown it; `undefined` when there is none. */
export async function userWith(app: TestApp, email: string) {
  const rows = await app.database.query<{ id: string }>('SELECT * FROM users WHERE email = :email', {
    email,
  });
  return rows[0] && (await (await app.as.admin()).get(`/v1/users/${rows[0].id}`)).body;
}

/** Has something done while an import looks up roles for the `at`th time: first for new accounts, then line by line. */
export function duringImport(app: TestApp, at: number, work: () => Promise<unknown>) {
  const roles = app.nest.get(RolesService);
  const { named } = roles;
  let times = 0;
  roles.named = async (...args) => {
    if (++times === at) await work();
    return named.apply(roles, args);
  };
  return { isOver: () => void (roles.named = named) };
}
