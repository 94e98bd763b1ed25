import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Authenticator } from '../../support/authenticator.js';
import { clock, MINUTE } from '../../support/clock.js';
import { codeOf, protect, wrongCodeOf, type Protected } from '../../support/factors.js';
import { Visitor } from '../../support/visitor.js';

const ORIGIN = 'http://localhost:3000';

describe('the second step of the sign-in page', () => {
  let app: TestApp;
  let owner: Protected;
  let authenticator: Authenticator;

  beforeAll(async () => {
    app = await startApp();
    owner = await protect(await app.as.member());
    authenticator = new Authenticator(ORIGIN);
    const { body: options } = await owner.person.post('/v1/me/passkeys/options');
    const response = authenticator.create(options);
    await owner.person.post('/v1/me/passkeys', { response, name: 'Phone' });
  });
  afterEach(() => clock.release());
  afterAll(() => app.close());

  /** Each at a time of its own, for a code works once. */
  let begun = 0;
  const started = Date.now();
  const begin = async (next = '/account') => {
    clock.stop(new Date(started + ++begun * 2 * MINUTE));
    const who = new Visitor(app.url);
    await who.open(`/login?continue=${encodeURIComponent(next)}`);
    await who.send('/login', { email: owner.person.email, password: PASSWORD });
    return who;
  };
  const freshCode = () => codeOf(owner.secret);

  it('keeps the name for password managers, and offers every other method', async () => {
    const { html } = (await begin()).page;
    expect(html).toContain('autocomplete="username"');
    expect(html).toMatch(
      /inputmode="numeric"[^>]*autocomplete="one-time-code"|autocomplete="one-time-code"[^>]*inputmode="numeric"/,
    );
    expect(html).toContain('name="show" value="passkey"');
    expect(html).toContain('name="show" value="recovery_code"');
  });

  it.each(['totp', 'passkey', 'recovery_code'])('leads from %s to both others', async (from) => {
    const who = await begin();
    const { html } = await who.post('/login/second-step', { ...fieldsOf(who), show: from });
    const others = ['totp', 'passkey', 'recovery_code'].filter((each) => each !== from);
    for (const other of others) expect(html).toContain(`name="show" value="${other}"`);
    expect(html).not.toContain(`name="show" value="${from}"`);
  });

  it('signs in with a code and goes on to where it was asked for', async () => {
    const who = await begin('/account/keys');
    expect((await who.send('/login/second-step', { code: freshCode() })).redirects).toEqual([
      '/account/keys',
    ]);
  });

  it('signs in with a recovery code, however it was typed', async () => {
    const who = await begin();
    await who.send('/login/second-step', { show: 'recovery_code' });
    const code = ` ${owner.recoveryCodes[1]!.toUpperCase().replaceAll('-', ' ')} `;
    expect((await who.send('/login/second-step', { code })).redirects).toEqual(['/account']);
  });

  it('signs in with a passkey that a script put into the form', async () => {
    const who = await begin();
    const { body: options } = await app.as.anonymous().post('/v1/auth/passkeys/options');
    const passkey = JSON.stringify(authenticator.get(options));
    expect((await who.send('/login/second-step', { passkey })).redirects).toEqual(['/account']);
  });

  it('refuses a wrong code and stays', async () => {
    const who = await begin();
    const { status, html } = await who.send('/login/second-step', { code: wrongCodeOf(owner.secret) });
    expect(status).toBe(401);
    expect(html).toContain('role="alert"');
    expect(who.cookie('gatehouse_sso')).toBeUndefined();
    expect((await who.send('/login/second-step', { code: freshCode() })).redirects).toEqual(['/account']);
  });

  it('takes a code once: a form that is sent again signs no user in', async () => {
    const who = await begin();
    const fields = { ...fieldsOf(who), code: freshCode() };
    expect((await who.post('/login/second-step', fields)).redirects).toEqual(['/account']);
    const thief = new Visitor(app.url);
    const replayed = await thief.post('/login/second-step', fields);
    expect(replayed.status).toBe(401);
    expect(thief.cookies.size).toBe(0);
  });

  it('starts over by itself when it took too long, with the name kept', async () => {
    const who = await begin('/account/keys');
    clock.forward(6 * MINUTE);
    const { status, html } = await who.send('/login/second-step', { code: codeOf(owner.secret) });
    expect(status).toBe(401);
    expect(html).toContain('<h1>Sign in</h1>');
    expect(html).toContain(`value="${owner.person.email}"`);
    expect(html).toContain('name="continue" value="/account/keys"');
  });

  it('is one of its own in every tab', async () => {
    const [first, second] = [await begin('/account/keys'), await begin('/account/data')];
    expect((await second.send('/login/second-step', { code: freshCode() })).redirects).toEqual([
      '/account/data',
    ]);
    clock.forward(MINUTE);
    expect((await first.send('/login/second-step', { code: freshCode() })).redirects).toEqual([
      '/account/keys',
    ]);
  });

  it('takes a passkey in the place of the password too, and names one that is unknown', async () => {
    const who = new Visitor(app.url);
    const options = async () => (await app.as.anonymous().post('/v1/auth/passkeys/options')).body;
    const send = async (each: Authenticator) =>
      who.post('/login/passkey', {
        continue: '/account',
        passkey: JSON.stringify(each.get(await options())),
      });
    const stranger = new Authenticator(ORIGIN);
    const refused = await send(stranger);
    expect(refused.status).toBe(401);
    expect(refused.html).toContain(`data-unknown="${stranger.id}"`);
    expect(refused.html).not.toContain('data-conditional');
    for (const passkey of ['', '{', '[]', '"x"', 'null'])
      expect((await who.post('/login/passkey', { passkey })).status, passkey).toBe(401);
    expect((await send(authenticator)).redirects).toEqual(['/account']);
  });

  function fieldsOf(who: Visitor): Record<string, string> {
    const read = (name: string) =>
      new RegExp(`name="${name}" value="([^"]*)"`).exec(who.page.html)?.[1] ?? '';
    return {
      challenge: read('challenge'),
      methods: read('methods'),
      email: owner.person.email,
      continue: '/account',
    };
  }
});
