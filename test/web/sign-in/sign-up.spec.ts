import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { protect } from '../../support/factors.js';
import { Mailbox } from '../../support/mailbox.js';
import { Visitor } from '../../support/visitor.js';

const form = (email: string, more: Record<string, string> = {}) => ({
  email,
  name: '',
  password: PASSWORD,
  again: PASSWORD,
  ...more,
});

describe('the sign-up page', () => {
  let app: TestApp;
  beforeAll(async () => (app = await startApp()));
  afterAll(() => app.close());

  const signUp = async (email: string, more: Record<string, string> = {}) => {
    const who = new Visitor(app.url);
    await who.open('/signup?continue=/account/security');
    return { who, page: await who.send('/signup', form(email, more)) };
  };
  const count = async (email: string) =>
    (await app.database.query('SELECT id FROM users WHERE email = :email', { email })).length;

  it('makes an account, signs in and goes on', async () => {
    const { page, who } = await signUp('new@example.com', { name: ' Ada ' });
    expect(page.redirects).toEqual(['/account/security']);
    expect((await who.open('/account')).html).toContain('value="Ada"');
  });

  it('signs in when it is sent twice by a double click', async () => {
    const who = new Visitor(app.url);
    await who.open('/signup');
    const both = await Promise.all([1, 2].map(() => who.post('/signup', form('twice@example.com'))));
    expect(both.map(({ redirects }) => redirects)).toEqual([['/account'], ['/account']]);
    expect(await count('twice@example.com')).toBe(1);
  });

  it('says that an address is taken to who does not know its password, and makes nothing', async () => {
    await app.as.member('taken@example.com');
    const { page, who } = await signUp('taken@example.com', {
      password: 'another passphrase',
      again: 'another passphrase',
    });
    expect(page.status).toBe(409);
    expect(page.html).toContain('There is an account with this address already');
    expect(who.cookie('gatehouse_sso')).toBeUndefined();
  });

  it('asks an owner who signs up once more for the second factor', async () => {
    const person = await app.as.member('owner@example.com');
    await protect(person);
    const { page, who } = await signUp('owner@example.com');
    expect(page.html).toContain('autocomplete="one-time-code"');
    expect(who.cookie('gatehouse_sso')).toBeUndefined();
  });

  it.each([
    ['short', 'short', 'This is too short.'],
    ['common', 'password123', 'most common passwords'],
    ['of the address', 'weak@example.com', 'not made of your name'],
    ['long', 'x1'.repeat(70), 'at most 128'],
  ])('says why a password is refused that is %s', async (_, password, said) => {
    const { page } = await signUp('weak@example.com', { password, again: password });
    expect(page.status).toBe(400);
    expect(page.html).toContain(said);
    expect(page.html).not.toContain(`value="${password}"`.replace('weak@example.com"', 'never'));
    expect(await count('weak@example.com')).toBe(0);
  });

  it('refuses two passwords that differ', async () => {
    const { page } = await signUp('typo@example.com', { again: 'a long enough passphrasE' });
    expect(page.status).toBe(400);
    expect(page.html).toContain('The two are not the same.');
    expect(await count('typo@example.com')).toBe(0);
  });
});

describe('the sign-up page where addresses must be proved', () => {
  let app: TestApp;
  let mailbox: Mailbox;

  beforeAll(async () => {
    mailbox = await Mailbox.open();
    app = await startApp({ env: { REQUIRE_VERIFIED_EMAIL: 'on', SMTP_URL: mailbox.url } });
  });
  afterAll(async () => {
    await app.close();
    await mailbox.close();
  });

  const signUp = async (email: string) => {
    const who = new Visitor(app.url);
    await who.open('/signup');
    return { who, page: await who.send('/signup', form(email)) };
  };

  it('says the same for a new address and a taken one, and signs no user in', async () => {
    const first = await signUp('proved@example.com');
    const second = await signUp('proved@example.com');
    expect(first.page.status).toBe(200);
    expect(second.page.html).toBe(first.page.html);
    for (const { who } of [first, second]) expect(who.cookie('gatehouse_sso')).toBeUndefined();
  });

  it('proves the address with the link, pasted where no script reads it, after a button', async () => {
    const { who } = await signUp('pasted@example.com');
    const { link } = await mailbox.last(app, 'pasted@example.com', 'confirm');
    await who.open('/account');
    const asked = await who.send('/code', { mailed: `  ${link}\n` });
    expect(asked.html).toContain('Confirm your e-mail address');
    const logIn = () =>
      new Visitor(app.url).post('/login', { email: 'pasted@example.com', password: PASSWORD });
    expect((await logIn()).status).toBe(401);
    expect((await who.send('/code/verify')).html).toContain('Address confirmed');
    expect((await logIn()).redirects).toEqual(['/account']);
    const twice = await who.post('/code/verify', { token: link!.split('.').at(-1)! });
    expect(twice.status).toBe(400);
    expect(twice.html).toContain('was used already');
  });

  it('sends the link again when it is asked to, to the owner alone', async () => {
    const { who } = await signUp('again@example.com');
    await mailbox.of(app, 'again@example.com');
    const sent = await who.send('/signup/again');
    expect(sent.html).toContain('It was sent again.');
    expect(await mailbox.of(app, 'again@example.com')).toHaveLength(2);
    const nobody = await who.post('/signup/again', { email: 'nobody@example.com', again: 'yes' });
    expect(nobody.html.replaceAll('nobody@', 'again@')).toBe(sent.html);
    expect(await mailbox.of(app, 'nobody@example.com')).toEqual([]);
  });
});
