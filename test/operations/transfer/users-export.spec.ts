import { hash as bcrypt } from '@node-rs/bcrypt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, PASSWORD } from '../../support/actors.js';
import { UsersService } from '../../../src/accounts/users/users.service.js';
import { makeKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { NDJSON, parsedLines, sendLines } from '../../support/lines.js';

const EXPORT = '/v1/users/export';
/** More than are read at once. */
const MANY = 450;

/** Makes the users that exports are of. */
async function fill(admin: SignedIn): Promise<void> {
  await admin.post('/v1/roles', { name: 'support', scopes: ['users:read'] });
  const passwordHash = await bcrypt(PASSWORD, 4);
  const many = Array.from({ length: MANY }, (_, n) => ({ email: `many-${n}@example.com` }));
  await sendLines(
    admin,
    '/v1/users/import',
    {
      email: 'ada@example.com',
      name: 'Ada “李” \u2028',
      roles: ['support', 'user'],
      verified: true,
      passwordHash,
      locale: 'pt-BR',
    },
    { email: 'disabled@example.com', status: 'disabled', passwordHash },
    ...many,
  );
  await admin.post('/v1/service-accounts', { name: 'Backup' });
}

/** No other test of this file signs in as this user. */
const isNoHolder = ({ roles }: Record<string, any>) => !String(roles).includes('holder-');

describe('an export of users', () => {
  let app: TestApp;
  let admin: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    await fill(admin);
  });
  afterAll(() => app.close());

  it('holds all people in a stable order, and no service accounts', async () => {
    const answer = await admin.get(EXPORT);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="users.ndjson"');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const ids = parsedLines(answer).map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted());
    const lines = parsedLines(answer).filter(isNoHolder);
    expect(lines).toHaveLength(MANY + 3);
    expect(new Set(lines.map(({ email }) => email)).size).toBe(MANY + 3);
    expect(lines.find(({ email }) => email === 'ada@example.com')).toEqual({
      id: expect.any(String),
      email: 'ada@example.com',
      name: 'Ada “李” \u2028',
      roles: ['support', 'user'],
      status: 'active',
      verified: true,
      passwordHash: expect.stringMatching(/^\$2y\$04\$/),
      locale: 'pt-BR',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      lastLoginAt: null,
    });
    expect((await admin.get(EXPORT)).text).toBe(answer.text);
  });

  it('holds hashes only for an admin who may have them and asks for them', async () => {
    const reader = await app.as.holderOf('users:read');
    const plain = await reader.get(EXPORT);
    expect(plain.status).toBe(200);
    expect(parsedLines(plain).length).toBeGreaterThan(MANY);
    expect(plain.text).not.toMatch(/passwordHash|\$argon2|\$2y/);
    const refused = await reader.get(`${EXPORT}?secrets=true`);
    expect([refused.status, refused.body.code]).toEqual([403, 'insufficient_scope']);
    expect((await admin.get(`${EXPORT}?secrets=false`)).text).not.toMatch(/passwordHash|\$argon2|\$2y/);
    expect((await admin.get(`${EXPORT}?secrets=yes`)).status).toBe(400);
    const key = await makeKey(app, admin, { scopes: ['users:read', 'users:export-secrets'] });
    expect((await key.get(EXPORT)).body.code).toBe('session_required');
  });

  it('is told by the audit trail, before it begins and when it is over', async () => {
    await admin.get(EXPORT);
    const of = async (action: string) =>
      (await admin.get(`/v1/audit-events?action=${action}&limit=100`)).body.items;
    expect((await of('users.export_begun')).at(-1)).toMatchObject({
      actor: { id: admin.id },
      detail: { withSecrets: true },
    });
    expect((await of('users.exported')).at(-1).detail).toMatchObject({ withSecrets: true, isComplete: true });
  });

  it('that fails midway breaks off, so that it is not taken for whole', async () => {
    const { people } = app.nest.get(UsersService);
    const users = app.nest.get(UsersService);
    let pages = 0;
    users.people = (...args) =>
      pages++ === 1 ? Promise.reject(new Error('the disk is gone')) : people.apply(users, args);
    try {
      const response = await fetch(app.url + EXPORT, { headers: admin.headers });
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow('terminated');
    } finally {
      users.people = people;
    }
    const { body } = await admin.get('/v1/audit-events?action=users.exported&limit=100');
    expect(body.items.at(-1).detail).toMatchObject({ lines: 200, isComplete: false });
    expect(app.log.join('')).toContain('the disk is gone');
  });

  it('ends with the session that asked for it', async () => {
    const other = await app.as.logIn(ADMIN.email, ADMIN.password);
    const users = app.nest.get(UsersService);
    const { people } = users;
    users.people = async (...args) => {
      await other.post('/v1/auth/logout');
      return people.apply(users, args);
    };
    try {
      const response = await fetch(app.url + EXPORT, { headers: other.headers });
      await expect(response.text()).rejects.toThrow('terminated');
    } finally {
      users.people = people;
    }
  });
});

it('an export of users can be imported into an empty Gatehouse, where every user logs in as before', async () => {
  const origin = await startApp();
  let text: string;
  try {
    const admin = await origin.as.admin();
    await fill(admin);
    ({ text } = await admin.get(EXPORT));
  } finally {
    await origin.close();
  }
  const other = await startApp({ env: { ADMIN_EMAIL: 'other-admin@localhost' } });
  try {
    const otherAdmin = await other.as.logIn('other-admin@localhost', ADMIN.password);
    await otherAdmin.post('/v1/roles', { name: 'support', scopes: ['users:read'] });
    const { body } = await otherAdmin.post('/v1/users/import', text, NDJSON);
    expect(body).toEqual({ created: MANY + 3, updated: 0, skipped: 0, failed: 0, errors: [] });
    await other.as.logIn('ada@example.com');
    await other.as.logIn(ADMIN.email, ADMIN.password);
    const disabled = { email: 'disabled@example.com', password: PASSWORD };
    expect((await other.as.anonymous().post('/v1/auth/login', disabled)).status).toBe(401);
    const again = await otherAdmin.get(EXPORT);
    const disabledIn = (answer: { text: string }) =>
      parsedLines(answer)
        .filter(({ email }) => email === disabled.email)
        .map((line) => ({ ...line, id: '', createdAt: '', lastLoginAt: '' }));
    expect(disabledIn(again)).toEqual(disabledIn({ text }));
    const ada = parsedLines(again).find(({ email }) => email === 'ada@example.com');
    expect(ada).toMatchObject({ locale: 'pt-BR' });
  } finally {
    await other.close();
  }
});
