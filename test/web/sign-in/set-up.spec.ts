import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FirstAdmin } from '../../../src/auth/login/first-admin.js';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Visitor } from '../../support/visitor.js';

const CHOSEN = { email: 'ada@example.com', name: 'Ada', password: PASSWORD, again: PASSWORD };

describe('the page of the first start', () => {
  let app: TestApp;
  const made = () => app.nest.get(FirstAdmin).made!;

  beforeAll(async () => {
    app = await startApp({ env: { ADMIN_PASSWORD: '' } });
  });
  afterAll(() => app.close());

  const setUp = async (fields: Record<string, string>) => {
    const who = new Visitor(app.url);
    await who.open('/setup');
    return { who, page: await who.send('/setup', { ...CHOSEN, ...fields }) };
  };
  const admins = () =>
    app.database.query<{ email: string }>(
      `SELECT u.email FROM users u JOIN user_roles r ON r.user_id = u.id WHERE r.role_name = 'admin'`,
    );

  it.each([
    ['no code', ''],
    ['a code that was made up', 'A'.repeat(43)],
    ['the password in the place of the code', 'password'],
  ])('refuses %s', async (_, code) => {
    const { page, who } = await setUp({ code });
    expect(page.status).toBe(400);
    expect(who.cookies.size).toBe(0);
    expect(await admins()).toEqual([{ email: made().email }]);
  });

  it('refuses a password that is easily guessed, and keeps the code', async () => {
    const { page } = await setUp({ code: made().code!, password: 'password', again: 'password' });
    expect(page.status).toBe(400);
    expect(page.html).toContain('one of the most common passwords');
    expect(page.html).toContain(made().code);
  });

  it('makes the one administrator with the code of the terminal, once, and offers a passkey', async () => {
    const { email, password, code } = made();
    const { page, who } = await setUp({ code: ` ${code} ` });
    expect(page.redirects).toEqual(['/account/passkeys/new']);
    expect(await admins()).toEqual([{ email: CHOSEN.email }]);
    expect((await who.open('/account')).html).toContain(CHOSEN.email);
    const old = await app.as.anonymous().post('/v1/auth/login', { email, password });
    expect(old.status).toBe(401);
    const again = await setUp({ code: code!, email: 'mallory@example.com' });
    expect(again.page.status).toBe(400);
    expect(await admins()).toEqual([{ email: CHOSEN.email }]);
  });
});

describe('the page of the first start, afterwards', () => {
  it('takes no account over that has signed in', async () => {
    const app = await startApp({ env: { ADMIN_PASSWORD: '' } });
    try {
      const { email, password, code } = app.nest.get(FirstAdmin).made!;
      await app.as.logIn(email, password);
      const who = new Visitor(app.url);
      await who.open('/setup');
      expect((await who.send('/setup', { ...CHOSEN, code: code! })).status).toBe(400);
      await app.as.logIn(email, password);
    } finally {
      await app.close();
    }
  });

  it('has no code where the operator has set the password, or wants no pages', async () => {
    const given = await startApp();
    const bare = await startApp({ env: { ADMIN_PASSWORD: '', WEB: 'off' } });
    try {
      expect(given.nest.get(FirstAdmin).made).toBeUndefined();
      expect(bare.nest.get(FirstAdmin).made!.code).toBeUndefined();
    } finally {
      await given.close();
      await bare.close();
    }
  });
});
