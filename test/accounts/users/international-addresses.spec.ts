import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InternationalDomains1796155207000 } from '../../../src/platform/database/migrations/1796155207000-international-domains.js';
import { DataSource } from 'typeorm';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { expectProblem } from '../../support/problem.js';

/** Spellings of one domain: as people type it, and as browsers and mail servers send it. */
const DOMAINS = [
  [
    'bücher.example',
    'xn--bcher-kva.example',
    'XN--BCHER-KVA.Example',
    'BÜCHER.example',
    'bu\u0308cher.example',
  ],
  ['例え.example', 'xn--r8jz45g.example', '例え。example'],
  ['faß.example', 'xn--fa-hia.example'],
  ['пример.рф', 'xn--e1afmkfd.xn--p1ai'],
  ['mail.bücher.example', 'mail.xn--bcher-kva.example'],
] as const;

describe('an address of an international domain', () => {
  let app: TestApp;
  beforeAll(async () => (app = await startApp()));
  afterAll(() => app.close());

  const anonymous = () => app.as.anonymous();
  const signUp = (email: string) => anonymous().post('/v1/auth/signup', { email, password: PASSWORD });
  const logIn = (email: string) => anonymous().post('/v1/auth/login', { email, password: PASSWORD });
  let count = 0;

  it.each(DOMAINS)('is one account, no matter which spelling made it: %s', async (...spellings) => {
    for (const first of spellings) {
      const name = `ada-${++count}`;
      const made = await signUp(`${name}@${first}`);
      expect(made.status, made.text).toBe(201);
      expect(made.body.user.email).toBe(`${name}@${spellings[0].normalize('NFKC')}`);
      for (const other of spellings) {
        const answer = await logIn(`${name}@${other}`);
        expect([other, answer.status, answer.body.user?.id]).toEqual([other, 200, made.body.user.id]);
        expectProblem(await signUp(`${name}@${other}`), 409, 'email_taken');
      }
    }
  });

  it('is found by an import that updates, by an administrator and by who asks for a mail', async () => {
    const { body } = await signUp('eve@bücher.example');
    const admin = await app.as.admin();
    expectProblem(
      await admin.post('/v1/users', { email: 'eve@xn--bcher-kva.example', password: PASSWORD }),
      409,
      'email_taken',
    );
    const line = JSON.stringify({ email: 'eve@XN--BCHER-KVA.example', name: 'Eve' });
    const imported = await admin.post('/v1/users/import?update=true', `${line}\n`, {
      'content-type': 'application/x-ndjson',
    });
    expect(imported.body, imported.text).toMatchObject({ created: 0, failed: 0 });
    expect((await admin.get(`/v1/users/${body.user.id}`)).body.name).toBe('Eve');
  });

  it.each([
    'ada@xn--.example',
    'ada@xn--zzzzzz99999.example',
    'ada@1.2',
    'ada@%61.example',
    'ada@bücher%2eexample',
    'ada@bücher.example:80',
    'ada@bücher/x.example',
  ])('is not made of another text: %s', async (email) => {
    const answer = await signUp(email);
    const kept = answer.status === 201 ? answer.body.user.email : answer.body.code;
    expect([email, 'validation_failed']).toContain(kept);
  });

  it('that was kept in the other spelling is found after the migration, and a second one is left alone', async () => {
    const old = await signUp('old@example.com');
    const [twin, other] = [await signUp('twin@bücher.example'), await signUp('other@example.com')];
    const rename = (id: string, email: string) =>
      app.database.run({ sql: 'UPDATE users SET email = :email WHERE id = :id', params: { id, email } });
    await rename(old.body.user.id, 'old@xn--bcher-kva.example');
    await rename(other.body.user.id, 'twin@xn--bcher-kva.example');
    const runner = app.nest.get(DataSource).createQueryRunner();
    await new InternationalDomains1796155207000().up(runner);
    await runner.release();
    expect((await logIn('old@bücher.example')).body.user.id).toBe(old.body.user.id);
    expect((await logIn('twin@xn--bcher-kva.example')).body.user.id).toBe(twin.body.user.id);
    const admin = await app.as.admin();
    const left = await admin.get(`/v1/users/${other.body.user.id}`);
    expect(left.body.email).toBe('twin@xn--bcher-kva.example');
  });
});
