import { hash as bcrypt } from '@node-rs/bcrypt';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { isPostgres } from '../../support/database.js';
import {
  ASPNET_HASHES,
  BETTER_AUTH_HASH,
  FOREIGN_HASHES,
  HASHED_ELSEWHERE,
  PASSPORT_LOCAL_MONGOOSE,
} from '../../support/foreign-hashes.js';
import { NDJSON, parsedLines } from '../../support/lines.js';
import { readPage } from '../../support/pages.js';
import { snippetsOf } from '../../support/snippets.js';

const page = readPage('docs/migrating.md');
const blocks = snippetsOf(page);
const blockOf = (language: string) => blocks.find((each) => each.language === language)!.text;
/** What Django stores of `django-password`. */
const DJANGO = 'pbkdf2_sha256$1000$saltysalt$DMM9IlsoJ48ABhrxul50w3MZLX7/AIRyCntcCu5IPiw=';

describe('the page about migrating', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('has lines that are taken', async () => {
    const admin = await app.as.admin();
    const users = await admin.post('/v1/users/import', blockOf('ndjson'), NDJSON);
    expect(users.body).toMatchObject({ created: 3, failed: 0, errors: [] });
    await app.as.logIn('eve@example.com', 'password');
    const resources = await admin.post('/v1/resources/import', blockOf('json'), NDJSON);
    expect(resources.body).toMatchObject({ created: 1, failed: 0, errors: [] });
  });

  it('names every field of a line', async () => {
    const [line] = parsedLines(await (await app.as.admin()).get('/v1/users/export'));
    for (const field of Object.keys(line!)) expect(page.text).toContain(`\`${field}\``);
  });

  /** The block of a page in which this stands. */
  const blockWith = (text: string) => blocks.find((each) => each.text.includes(text))!.text;
  const sendAndLogIn = async (lines: string, email: string, password = HASHED_ELSEWHERE) => {
    const answer = await (await app.as.admin()).post('/v1/users/import', lines, NDJSON);
    expect(answer.body).toMatchObject({ failed: 0, errors: [] });
    await app.as.logIn(email, password);
    return answer.body;
  };

  describe.runIf(isPostgres)('has a statement that takes people out of', () => {
    const selected = async (statement: string) => {
      const rows = await app.database.query<{ json_build_object: object }>(statement);
      return rows.map((row) => JSON.stringify(row.json_build_object)).join('\n');
    };

    it('Django', async () => {
      const { database } = app;
      await database.query('CREATE TABLE auth_user (email text, is_active boolean, password text)');
      await database.query(
        `INSERT INTO auth_user VALUES ('django@example.com', TRUE, :password),
        ('unusable@example.com', TRUE, '!OQ64IDnTnoiFUhaXd3AIwZH1tp7WK6vMtsY4mcSO')`,
        { password: DJANGO },
      );
      const lines = await selected(blockWith('FROM auth_user'));
      const { created } = await sendAndLogIn(lines, 'django@example.com', 'django-password');
      expect(created).toBe(2);
    });

    it('Devise', async () => {
      const { database } = app;
      await database.query('CREATE SCHEMA rails');
      await database.query(`CREATE TABLE rails.users (email varchar NOT NULL DEFAULT '',
        encrypted_password varchar NOT NULL DEFAULT '', confirmed_at timestamp)`);
      await database.query(
        `INSERT INTO rails.users VALUES ('devise@example.com', :password, now()),
        ('omniauth@example.com', '', NULL)`,
        { password: await bcrypt(HASHED_ELSEWHERE, 4) },
      );
      const lines = await selected(blockWith('encrypted_password').replace('FROM users', 'FROM rails.users'));
      const { created } = await sendAndLogIn(lines, 'devise@example.com');
      expect(created).toBe(2);
    });

    it('ASP.NET Core Identity', async () => {
      const { database } = app;
      await database.query(
        'CREATE TABLE "AspNetUsers" ("Email" text, "EmailConfirmed" boolean NOT NULL, "PasswordHash" text)',
      );
      await database.query(
        `INSERT INTO "AspNetUsers" VALUES ('aspnet@example.com', TRUE, :password),
        ('external@example.com', FALSE, NULL)`,
        { password: ASPNET_HASHES[1]! },
      );
      const { created } = await sendAndLogIn(
        await selected(blockWith('"AspNetUsers"')),
        'aspnet@example.com',
        'my password',
      );
      expect(created).toBe(2);
    });

    it('better-auth', async () => {
      const { database } = app;
      await database.query('CREATE TABLE "user" (id text, name text, email text, "emailVerified" boolean)');
      await database.query('CREATE TABLE account ("userId" text, "providerId" text, password text)');
      await database.query(`INSERT INTO "user" VALUES ('a', 'Ada', 'better@example.com', TRUE),
        ('b', 'Bob', 'social@example.com', TRUE)`);
      await database.query(
        `INSERT INTO account VALUES ('a', 'credential', :password), ('a', 'github', NULL),
        ('b', 'github', NULL)`,
        { password: BETTER_AUTH_HASH },
      );
      const { created } = await sendAndLogIn(
        await selected(blockWith('FROM "user" u')),
        'better@example.com',
      );
      expect(created).toBe(2);
    });
  });

  describe('has a command that makes lines of what comes out of', () => {
    /** What stands behind the first pipe of a block makes of this. */
    const piped = (block: string, input: string) =>
      execFileSync('bash', ['-c', block.slice(block.indexOf('|') + 1).replace(' > users.ndjson', '')], {
        input,
        encoding: 'utf8',
      });

    it('passport-local-mongoose', async () => {
      const documents = [
        { username: 'plm@example.com', ...PASSPORT_LOCAL_MONGOOSE },
        { username: 'oauth@example.com' },
      ];
      const lines = piped(
        blockWith('mongoexport'),
        documents.map((each) => `${JSON.stringify(each)}\n`).join(''),
      );
      expect(await sendAndLogIn(lines, 'plm@example.com')).toMatchObject({ created: 2 });
    });

    it('Dovecot', async () => {
      const [, hash] = FOREIGN_HASHES.find(([name]) => name === 'dovecot SHA512-CRYPT')!;
      const lines = piped(
        blockWith('awk'),
        `dovecot@example.com:${hash}::::::\nlocked@example.com:!::::::\n`,
      );
      expect(await sendAndLogIn(lines, 'dovecot@example.com')).toMatchObject({ created: 2 });
    });

    it('LDAP', async () => {
      const [, hash] = FOREIGN_HASHES.find(([name]) => name === 'slappasswd')!;
      const ldif = [
        ['dn: uid=ada,dc=example,dc=com', 'mail: ldap@example.com', 'cn:: QWRhIEzDtnZlbGFjZQ=='],
        ['dn: uid=bob,dc=example,dc=com', 'mail: bare@example.com', 'cn: Bob'],
        ['dn: ou=people,dc=example,dc=com', 'cn: nobody'],
      ];
      ldif[0]!.push(`userPassword:: ${Buffer.from(hash).toString('base64')}`);
      const lines = piped(blockWith('ldapsearch'), ldif.map((entry) => `${entry.join('\n')}\n\n`).join(''));
      expect(await sendAndLogIn(lines, 'ldap@example.com')).toMatchObject({ created: 2 });
      expect(lines).toContain('"name":"Ada Lövelace"');
    });
  });
});
