import { describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import type { TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { NDJSON, sendLines } from '../../support/lines.js';
import { auditOf, works } from '../../support/sessions.js';
import { IMPORT, NOTHING, useUserImports } from '../../support/user-imports.js';

describe('an import of users', () => {
  let app: TestApp;
  let admin: SignedIn;
  let passwordHash: string;
  const { send, update, found } = useUserImports((own) => ({ app, admin, passwordHash } = own));

  it('makes accounts that can log in at once', async () => {
    const { status, body } = await send(
      {
        email: 'Ada@Example.com ',
        name: 'Ada',
        roles: ['user', 'support'],
        verified: true,
        status: 'active',
        passwordHash,
      },
      { email: 'bob@example.com', status: 'disabled', passwordHash },
      { email: 'eve@example.com' },
    );
    expect({ status, body }).toEqual({ status: 200, body: { ...NOTHING, created: 3 } });
    const ada = await app.as.logIn('ada@example.com');
    expect(await found('ada@example.com')).toMatchObject({
      id: ada.id,
      name: 'Ada',
      roles: ['support', 'user'],
      status: 'active',
      kind: 'person',
      emailVerified: true,
    });
    expect(await found('bob@example.com')).toMatchObject({ status: 'disabled', roles: ['user'] });
    expect(await found('eve@example.com')).toMatchObject({
      name: null,
      emailVerified: false,
      status: 'active',
    });
    for (const email of ['bob@example.com', 'eve@example.com']) {
      const { status: refused } = await app.as
        .anonymous()
        .post('/v1/auth/login', { email, password: PASSWORD });
      expect(refused, email).toBe(401);
    }
  });

  it('tells the audit trail of each account and of the run', async () => {
    const importer = await app.as.holderOf('users:write', 'account:read');
    await sendLines(importer, IMPORT, { email: 'told@example.com' }, { email: 'none' });
    const { id } = await found('told@example.com');
    expect(await auditOf(app, id)).toEqual(['user.created']);
    const { body } = await admin.get(`/v1/audit-events?action=users.imported&actor=${importer.id}`);
    expect(body.items).toMatchObject([
      {
        actor: { kind: 'user', id: importer.id },
        detail: { created: 1, updated: 0, skipped: 0, failed: 1, isComplete: true },
      },
    ]);
  });

  it('can be repeated: who is there is skipped, and left as they are', async () => {
    const line = { email: 'again@example.com', name: 'First', passwordHash };
    expect((await send(line)).body).toMatchObject({ created: 1 });
    const signedIn = await app.as.logIn('again@example.com');
    const answer = await send({ ...line, name: 'Second', status: 'disabled' });
    expect(answer.body).toEqual({ ...NOTHING, skipped: 1 });
    expect(await found('again@example.com')).toMatchObject({ name: 'First', status: 'active' });
    expect(await works(app, signedIn.tokens.access_token)).toBe(true);
  });

  it('makes one account of an address that stands in it twice, in any form', async () => {
    const { body } = await send(
      { email: 'twice@example.com', name: 'One' },
      { email: ' TWICE@example.com', name: 'Two' },
      { email: 'ｔｗｉｃｅ@example.com', name: 'Three' },
    );
    expect(body).toEqual({ ...NOTHING, created: 1, skipped: 2 });
    expect(await found('twice@example.com')).toMatchObject({ name: 'One' });
    const changed = await update(
      { email: 'twice@example.com', name: 'A' },
      { email: 'twice@EXAMPLE.com', name: 'B' },
    );
    expect(changed.body).toEqual({ ...NOTHING, updated: 2 });
    expect(await found('twice@example.com')).toMatchObject({ name: 'B' });
  });

  it('reports each bad line with its number and keeps the good ones', async () => {
    const good = (n: number) => ({ email: `good-${n}@example.com` });
    const bad: [object | string, code: string, message: RegExp][] = [
      ['{"email":', 'malformed_line', /JSON/],
      ['[{"email":"x@example.com"}]', 'malformed_line', /object/],
      ['null', 'malformed_line', /object/],
      [{}, 'validation_failed', /email/],
      [{ email: 'nobody' }, 'validation_failed', /email/],
      [{ email: ['x@example.com'] }, 'validation_failed', /email/],
      [{ email: 'x@example.com', locale: 'tlh' }, 'validation_failed', /locale/],
      [{ email: 'x@example.com', isAdmin: true }, 'validation_failed', /isAdmin should not exist/],
      [{ email: 'x@example.com', version: 7 }, 'validation_failed', /version should not exist/],
      ['{"email":"x@example.com","__proto__":{"status":"disabled"}}', 'validation_failed', /__proto__/],
      ['{"email":"x@example.com","name":"\\u0000"}', 'malformed_request', /character/],
      ['{"email":"x@example.com","name":"\\ud800"}', 'malformed_request', /character/],
      [`{"email":"x@example.com","roles":${'['.repeat(30)}${']'.repeat(30)}}`, 'malformed_request', /nested/],
      [{ email: 'x@example.com', status: 'deleted' }, 'validation_failed', /status/],
      [{ email: 'x@example.com', verified: 'yes' }, 'validation_failed', /verified/],
      [{ email: 'x@example.com', roles: 'admin' }, 'validation_failed', /roles/],
      [{ email: 'x@example.com', roles: ['nobody'] }, 'unknown_role', /nobody/],
      [{ email: 'x@example.com', password: PASSWORD }, 'validation_failed', /password should not exist/],
      [{ email: 'x@example.com', passwordHash: PASSWORD }, 'unknown_password_hash', /PHC/],
      [
        { email: 'x@example.com', passwordHash: `$pbkdf2$2000000$YWFh$${'A'.repeat(233)}` },
        'unknown_password_hash',
        /cost/,
      ],
      [
        {
          email: 'x@example.com',
          passwordHash: '$argon2id$v=19$m=4194304,t=10,p=1$c2FsdHNhbHQ$' + 'a'.repeat(43),
        },
        'unknown_password_hash',
        /cost/,
      ],
      [{ email: 'x@example.com', name: 'x'.repeat(70_000) }, 'line_too_long', /64 KiB/],
    ];
    const lines = bad.flatMap(([line], position) => [good(position), line, '', ' \r']);
    const { status, body } = await send(...lines);
    expect(status).toBe(200);
    expect(body).toMatchObject({ created: bad.length, updated: 0, skipped: 0, failed: bad.length });
    expect(body.errors).toEqual(
      bad.map(([, code, message], position) => ({
        line: 4 * position + 2,
        code,
        message: expect.stringMatching(message),
      })),
    );
    expect(await found('x@example.com')).toBeUndefined();
    expect(await found(`good-${bad.length - 1}@example.com`)).toBeDefined();
  });

  it('takes byte order marks, CRLF and a last line without an end, and refuses what is not UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('\ufeff{"email":"bom@example.com"}\r\n\r\n{"email":"crlf@example.com","name":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}\r\n{"email":"last@example.com"}'),
    ]);
    const response = await fetch(app.url + IMPORT, {
      method: 'POST',
      headers: { ...admin.headers, ...NDJSON },
      body: bytes,
    });
    expect(await response.json()).toEqual({
      ...NOTHING,
      created: 2,
      failed: 1,
      errors: [{ line: 3, code: 'malformed_line', message: 'The line is not UTF-8.' }],
    });
    expect(await found('last@example.com')).toBeDefined();
  });

  it('goes through ten megabytes without an end of line, and counts more errors than it names', async () => {
    const { body } = await send(
      'x'.repeat(10_000_000),
      { email: 'after@example.com' },
      ...Array(1_500).fill('{'),
    );
    expect(body).toMatchObject({ created: 1, failed: 1_501 });
    expect(body.errors).toHaveLength(1_000);
    expect(body.errors[0]).toMatchObject({ line: 1, code: 'line_too_long' });
  });

  it('of nothing does nothing', async () => {
    expect((await admin.post(IMPORT, '', NDJSON)).body).toEqual(NOTHING);
    expect((await admin.post(IMPORT, '\n\n', NDJSON)).body).toEqual(NOTHING);
  });

  it('takes lines as they are and nothing else', async () => {
    const line = '{"email":"encoded@example.com"}\n';
    const refused = [
      await admin.post(IMPORT, line, { 'content-type': 'application/json' }),
      await admin.post(IMPORT, line, { 'content-type': 'text/plain' }),
      await admin.post(IMPORT, line, { ...NDJSON, 'content-encoding': 'gzip' }),
      await admin.post(IMPORT),
    ];
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual(
      refused.map(() => [415, 'unsupported_media_type']),
    );
    expect(await found('encoded@example.com')).toBeUndefined();
    expect((await admin.post('/v1/roles', line, NDJSON)).status).toBe(415);
    expect((await admin.post(`${IMPORT}?update=yes`, line, NDJSON)).status).toBe(400);
    expect((await admin.post(`${IMPORT}?format=csv`, line, NDJSON)).status).toBe(400);
  });

  it('leaves the limit of other bodies as it is', async () => {
    const { status } = await admin.post('/v1/roles', { name: 'x', description: 'x'.repeat(70_000) });
    expect(status).toBe(413);
  });

  it('many times at once makes one account for each address, and no user gets an error', async () => {
    const lines = Array.from({ length: 120 }, (_, n) => ({
      email: `parallel-${n}@example.com`,
      roles: ['support'],
    }));
    const answers = await Promise.all(
      [lines, lines.toReversed(), lines, lines.toReversed()].map((each) => send(...each)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers.map(({ body }) => body.failed)).toEqual([0, 0, 0, 0]);
    expect(answers.map(({ body }) => body.created).reduce((a, b) => a + b)).toBe(120);
    const rows = await app.database.query(`SELECT id FROM users WHERE email LIKE 'parallel-%'`);
    expect(rows).toHaveLength(120);
    const updates = await Promise.all(
      ['A', 'B', 'C'].map((name) =>
        update(...lines.slice(0, 40).map((line) => ({ ...line, name, roles: ['user'] }))),
      ),
    );
    expect(updates.map(({ status, body }) => [status, body.failed])).toEqual(updates.map(() => [200, 0]));
  });
});
