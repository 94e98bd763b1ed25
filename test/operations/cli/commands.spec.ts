import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, PASSWORD } from '../../support/actors.js';
import { makeKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { CommandLine } from '../../support/command-line.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';
import { protect } from '../../support/factors.js';
import { Mailbox } from '../../support/mailbox.js';
import { auditOf, eventsAbout, refresh, works } from '../../support/sessions.js';
import { jwksOf } from '../../support/signing-keys.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';
import { proved } from '../../support/proved.js';

const OTHER = 'another long passphrase';
const NO_SUCH_ROLE = 'there is no role nope; there are admin, user\n';
/** What a server that polls has heard of by now. */
const SOON = { timeout: 2_000, interval: 50 };

describe('the command line', () => {
  let database: TestDatabase;
  let mailbox: Mailbox;
  let app: TestApp;
  let gatehouse: CommandLine;
  let admin: SignedIn;

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    mailbox = await Mailbox.open();
    const env = { DATABASE_URL: database.url, GATEHOUSE_SECRET, SMTP_URL: mailbox.url };
    app = await startApp({ env: { ...env, RATE_LIMIT: 'on' } });
    gatehouse = new CommandLine({ NODE_ENV: 'test', ...env });
    admin = await app.as.admin();
  });
  afterAll(async () => {
    await gatehouse.close();
    await app.close();
    await mailbox.close();
    await database.drop();
  });

  const byOperator = {
    actor: { kind: 'operator', id: null },
    ip: null,
    userAgent: null,
    requestId: null,
  };
  const countOf = async (table: string) =>
    Number((await app.database.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`))[0]!.n);

  describe('mail:preview', () => {
    it('lists the letters, and prints one as text, as HTML and for scripts', async () => {
      const all = await gatehouse.run('mail:preview');
      expect(all.code).toBe(0);
      expect(all.out.split('\n')).toContain('password_reset');
      const { out } = await gatehouse.run('mail:preview', 'password_reset');
      expect(out).toMatch(/^Gatehouse: reset your password\n\nSomebody wants/);
      expect(out).toContain('/account#r.EXAMPLE');
      const html = await gatehouse.run('mail:preview', 'password_reset', '--html');
      expect(html.out).toMatch(/^<!doctype html>/);
      const forScripts = await gatehouse.run('--json', 'mail:preview', 'new_device');
      expect(JSON.parse(forScripts.out)).toMatchObject({
        name: 'new_device',
        subject: 'Gatehouse: New sign-in',
      });
    });

    it('says so where there is no such letter', async () => {
      const { code, err } = await gatehouse.run('mail:preview', 'constructor');
      expect(code).toBe(1);
      expect(err).toMatch(/^there is no letter constructor; there are /);
    });
  });

  describe('users:create', () => {
    it('makes an account that can be used at once, with a password that is shown once', async () => {
      const { code, out, err } = await gatehouse.run(
        'users:create',
        '--email= Ada@Example.com ',
        '--name=Ada',
        '--role=admin',
      );
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const [, password] = /^the password is ([\w-]{20}) \(shown this once\)$/m.exec(out)!;
      const ada = await app.as.logIn('ada@example.com', password);
      const { body } = await ada.get('/v1/me');
      expect(body).toMatchObject({ name: 'Ada', roles: ['admin', 'user'], emailVerified: true });
      const [event, ...more] = await eventsAbout(app, ada.id);
      expect(event).toMatchObject({
        ...byOperator,
        action: 'user.created',
        detail: { roles: ['admin', 'user'] },
      });
      expect(JSON.stringify([event, more])).not.toContain(password);
    });

    it('takes a password from standard input and does not say it again', async () => {
      const { code, out, err } = await gatehouse.fed(
        `${OTHER}\n`,
        '--json',
        'users:create',
        '--email=bob@example.com',
        '--password-stdin',
      );
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const { id, roles, ...rest } = JSON.parse(out);
      expect(rest).toEqual({ email: 'bob@example.com', name: null });
      expect(roles).toEqual(['user']);
      expect((await app.as.logIn('bob@example.com', OTHER)).id).toBe(id);
    });

    it.each([
      [
        'a common password',
        'password1234',
        'c@example.com',
        'The password is one of the most common passwords; choose another.',
      ],
      [
        'a short password',
        'short',
        'c@example.com',
        'The password must have at least 8 characters; choose another.',
      ],
      ['an address that is none', OTHER, 'not an address', 'email must be an e-mail address'],
      [
        'an address that is taken',
        OTHER,
        ADMIN.email,
        `there is an account with the address ${ADMIN.email}; users:reset-password gives it a new password`,
      ],
      ['a NUL', `${OTHER}\0`, 'c@example.com', 'The request holds a character that is not allowed.'],
    ])('refuses %s in one line, and makes nothing', async (_, input, email, line) => {
      const before = await countOf('users');
      const said = await gatehouse.fed(input, 'users:create', '--email', email, '--password-stdin');
      expect(said).toEqual({ code: 1, out: '', err: `${line}\n` });
      expect(await countOf('users')).toBe(before);
    });

    it('refuses an unknown role, and makes nothing', async () => {
      const said = await gatehouse.run('users:create', '--email', 'c@example.com', '--role', 'nope');
      expect(said).toEqual({ code: 1, out: '', err: NO_SUCH_ROLE });
      expect(await app.database.query("SELECT id FROM users WHERE email = 'c@example.com'")).toEqual([]);
    });

    it('makes one account when it runs twice at once', async () => {
      const args = ['users:create', '--email', 'twice@example.com'];
      const codes = await Promise.all([gatehouse.run(...args), gatehouse.run(...args)]);
      expect(codes.map(({ code }) => code).toSorted()).toEqual([0, 1]);
    });
  });

  describe('users:reset-password', () => {
    it('ends what was there and lets in with the new password; API keys stay, and the owner hears of it', async () => {
      const member = await proved(app, await app.as.member('locked-out@example.com'));
      const key = await makeKey(app, member);
      for (let n = 0; n < 6; n++)
        await app.as.anonymous().post('/v1/auth/login', { email: member.email, password: 'wrong' });
      const { code, out, err } = await gatehouse.run('users:reset-password', 'Locked-Out@example.com');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain('locked-out@example.com has a new password; 1 session ended, API keys stay\n');
      const [, password] = /^the password is (\S+)/m.exec(out)!;

      await expect.poll(() => works(app, member.tokens.access_token), SOON).toBe(false);
      expect((await refresh(app, member.tokens.refresh_token)).status).toBe(401);
      expect((await app.as.logIn(member.email, password)).id).toBe(member.id);
      const old = { email: member.email, password: PASSWORD };
      expect((await app.as.anonymous().post('/v1/auth/login', old)).status).toBe(401);
      expect((await key.get('/v1/me')).status).toBe(200);
      expect(await eventsAbout(app, member.id)).toContainEqual(
        expect.objectContaining({ ...byOperator, action: 'user.password_reset', detail: null }),
      );
      const mails = await mailbox.of(app, member.email);
      expect(mails.map(({ headers }) => headers['subject'])).toContain('Gatehouse: Password changed');
      expect(mails.map(({ raw }) => raw).join()).not.toContain(password);
    });

    it('takes the second factors away when it is told to, and not otherwise', async () => {
      const { person } = await protect(await app.as.member());
      const logIn = (password: string) =>
        app.as.anonymous().post('/v1/auth/login', { email: person.email, password });
      const args = ['users:reset-password', person.email, '--password-stdin'];
      expect((await gatehouse.fed(OTHER, ...args)).code).toBe(0);
      expect((await logIn(OTHER)).body.code).toBe('mfa_required');
      expect(await auditOf(app, person.id)).not.toContain('user.factors_removed');

      expect((await gatehouse.fed(`${OTHER} 2`, ...args, '--remove-factors')).out).toContain(
        'second factors are gone',
      );
      expect((await logIn(`${OTHER} 2`)).status).toBe(200);
      expect(await eventsAbout(app, person.id)).toContainEqual(
        expect.objectContaining({ ...byOperator, action: 'user.factors_removed' }),
      );
    });

    it('refuses a weak password and ends nothing', async () => {
      const member = await app.as.member();
      const said = await gatehouse.fed(
        member.email,
        'users:reset-password',
        member.email,
        '--password-stdin',
      );
      expect(said).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringContaining('must not be made of your name'),
      });
      expect((await refresh(app, member.tokens.refresh_token)).status).toBe(200);
    });

    it('refuses a service account', async () => {
      const { body } = await admin.post('/v1/service-accounts', { name: 'Backup' });
      const { code, err } = await gatehouse.run('users:reset-password', body.email);
      expect({ code, err }).toEqual({
        code: 1,
        err: `${body.email} is a service account, which has no password\n`,
      });
    });
  });

  describe('roles:assign', () => {
    it('gives exactly these roles, no matter what they hold; tokens end, a refresh gives the new rights', async () => {
      const member = await proved(app, await app.as.member());
      const said = await gatehouse.run('roles:assign', member.email, 'admin', 'user', 'admin');
      expect(said).toEqual({
        code: 0,
        err: '',
        out: `${member.email} has the roles admin, user (before: user)\n`,
      });
      await expect.poll(() => works(app, member.tokens.access_token), SOON).toBe(false);
      const promoted = await member.refreshed();
      expect((await promoted.get('/v1/users')).status).toBe(200);
      expect((await mailbox.last(app, member.email, 'Roles changed')).text).toContain('administrator');
      expect(await eventsAbout(app, member.id)).toContainEqual(
        expect.objectContaining({
          ...byOperator,
          action: 'user.roles_changed',
          detail: { from: ['user'], to: ['admin', 'user'] },
        }),
      );
    });

    it('leaves the last admin, and every user when a role is unknown', async () => {
      const admins = `SELECT u.email FROM users u JOIN user_roles r ON r.user_id = u.id WHERE r.role_name = 'admin'`;
      const held = await app.database.query<{ email: string }>(admins);
      for (const { email } of held.filter((each) => each.email !== ADMIN.email))
        expect((await gatehouse.run('roles:assign', email, 'user')).code).toBe(0);
      const last = await gatehouse.run('roles:assign', ADMIN.email, 'user');
      expect(last).toMatchObject({ code: 1, out: '', err: expect.stringContaining('the last active admin') });
      const unknown = await gatehouse.run('roles:assign', ADMIN.email, 'admin', 'nope');
      expect(unknown).toMatchObject({
        code: 1,
        out: '',
        err: NO_SUCH_ROLE,
      });
      expect(await app.database.query(admins)).toEqual([{ email: ADMIN.email }]);
    });
  });

  describe('keys:rotate', () => {
    it('waits until the next key was seen, unless it is forced; live tokens stay good', async () => {
      const member = await app.as.member();
      const first = await gatehouse.run('keys:rotate', '--json');
      expect(first.code).toBe(0);
      const [, current] = JSON.parse(first.out);
      const before = await jwksOf(app);
      const tooSoon = await gatehouse.run('keys:rotate');
      expect(tooSoon).toEqual({
        code: 1,
        out: '',
        err: 'the next key was published less than a minute ago; --force rotates all the same\n',
      });
      const { code, out } = await gatehouse.run('keys:rotate', '--force', '--json');
      const keys = JSON.parse(out);
      expect({ code, stages: keys.map((key: any) => key.stage) }).toEqual({
        code: 0,
        stages: ['next', 'current', 'previous', 'previous'],
      });
      expect(JSON.stringify(before)).not.toContain(keys[0].kid);
      expect(await works(app, member.tokens.access_token)).toBe(true);
      expect(await eventsAbout(app, keys[1].kid)).toContainEqual(
        expect.objectContaining({
          ...byOperator,
          action: 'signing_key.rotated',
          detail: { from: current.kid },
        }),
      );
    });
  });

  describe('sessions:revoke', () => {
    it('ends all of one account, and no other', async () => {
      const [one, other] = [await app.as.member(), await app.as.member()];
      const again = await app.as.logIn(one.email);
      const said = await gatehouse.run('sessions:revoke', one.email);
      expect(said).toEqual({ code: 0, out: '2 sessions ended\n', err: '' });
      await expect.poll(() => works(app, again.tokens.access_token), SOON).toBe(false);
      expect(await works(app, one.tokens.access_token)).toBe(false);
      expect(await works(app, other.tokens.access_token)).toBe(true);
      expect(await eventsAbout(app, one.id)).toContainEqual(
        expect.objectContaining({ ...byOperator, action: 'user.sessions_ended' }),
      );
    });

    it('ends one session, once', async () => {
      const member = await app.as.member();
      const again = await app.as.logIn(member.email);
      const id = (await again.get('/v1/auth/whoami')).body.sessionId;
      const said = await gatehouse.run('sessions:revoke', '--session', id);
      expect(said).toEqual({ code: 0, out: '1 session ended\n', err: '' });
      await expect.poll(() => works(app, again.tokens.access_token), SOON).toBe(false);
      expect(await works(app, member.tokens.access_token)).toBe(true);
      expect(await eventsAbout(app, id)).toContainEqual(
        expect.objectContaining({ ...byOperator, action: 'session.ended' }),
      );
      for (const gone of [id, 'nonsense'])
        expect(await gatehouse.run('sessions:revoke', '--session', gone)).toEqual({
          code: 1,
          out: '',
          err: 'there is no such session, or it has ended\n',
        });
    });

    it('ends those of every user', async () => {
      const people = [admin, await app.as.member(), await app.as.member()];
      const { code, out } = await gatehouse.run('sessions:revoke', '--all', '--json');
      expect({ code, many: JSON.parse(out).sessionsEnded > 3 }).toEqual({ code: 0, many: true });
      for (const { tokens } of people) {
        await expect.poll(() => works(app, tokens.access_token), SOON).toBe(false);
        expect((await refresh(app, tokens.refresh_token)).status).toBe(401);
      }
      const live = 'SELECT id FROM sessions WHERE revoked_at IS NULL';
      expect(await app.database.query(live)).toEqual([]);
      admin = await app.as.logIn(ADMIN.email, ADMIN.password);
    });
  });

  it.each([
    ['users:reset-password', 'nobody@example.com'],
    ['roles:assign', 'nobody@example.com', 'admin'],
    ['sessions:revoke', 'Nobody@example.com'],
  ])('%s says in one line that no user has the address', async (...args) => {
    const before = await countOf('audit_events');
    const err = 'there is no account with the address nobody@example.com\n';
    expect(await gatehouse.run(...args)).toEqual({ code: 1, out: '', err });
    expect(await countOf('audit_events')).toBe(before);
  });

  it('refuses another secret before it makes keys that the servers cannot open', async () => {
    const before = await countOf('signing_keys');
    const other = { GATEHOUSE_SECRET: `${GATEHOUSE_SECRET}-of-others` };
    const said = await gatehouse.set(other, 'keys:rotate', '--force');
    expect(said).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^GATEHOUSE_SECRET does not open [^\n]*\n$/),
    });
    expect(await countOf('signing_keys')).toBe(before);
  });

  it.each([
    [[], 'Usage: gatehouse'],
    [['nonsense'], "error: unknown command 'nonsense'"],
    [['users:create'], "error: required option '--email <address>' not specified"],
    [
      ['users:create', '--email', 'a@example.com', '--password=hunter2'],
      "error: unknown option '--password'",
    ],
    [['users:reset-password'], "error: missing required argument 'email'"],
    [['users:reset-password', 'a@example.com', 'hunter2'], 'error: too many arguments'],
    [['roles:assign', 'a@example.com'], "error: missing required argument 'role'"],
    [['sessions:revoke'], 'error: give an e-mail address, --session or --all'],
    [['sessions:revoke', 'a@example.com', '--all'], 'error: give an e-mail address, --session or --all'],
    [
      ['users:import', '-', '--hash-config', 'missing'],
      'error: --hash-config goes with --format firebase, and with no other',
    ],
    [['users:import', '-', '--format=auth0', '--hash-config=missing'], 'error: --hash-config goes with'],
    [['doctor', '--force'], "error: unknown option '--force'"],
  ])('answers %j with 2 and what is wrong', async (args, line) => {
    const { code, out, err } = await gatehouse.run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(line);
    expect(err).not.toContain('hunter2');
  });

  it('lists every command, and tells of each', async () => {
    const { code, out, err } = await gatehouse.run('--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const names = ['account', 'transfer', 'gateway', 'server'].flatMap((group) => {
      const source = readFileSync(`src/operations/cli/${group}-commands.ts`, 'utf8');
      return [...source.matchAll(/\.command\('([a-z:-]+)/g)].map(([, name]) => name!);
    });
    expect(names).toHaveLength(14);
    const docs = readFileSync('docs/command-line.md', 'utf8');
    for (const name of names) {
      expect(docs).toMatch(new RegExp(`^\\|.*\`${name}[ \`]`, 'm'));
      expect(out).toContain(`  ${name}`);
      expect((await gatehouse.run(name, '--help')).out).toContain(`Usage: gatehouse ${name}`);
    }
  });

  it('prints the access matrix without a database', async () => {
    const { code, out, err } = await gatehouse.run('routes');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(readFileSync('test/platform/access/access-matrix.txt', 'utf8'));
  });

  it('says every bad setting in a line of its own', async () => {
    const said = await gatehouse.set({ PORT: 'abc', DATABASE_URL: 'mysql://u:hunter2@h/x' }, 'keys:rotate');
    expect(said).toMatchObject({ code: 1, out: '' });
    expect(said.err.trim().split('\n')).toEqual([
      expect.stringMatching(/^PORT is "abc"; it must be/),
      expect.stringMatching(/^DATABASE_URL is not valid; it must be/),
    ]);
    expect(said.err).not.toContain('hunter2');
  });
});
