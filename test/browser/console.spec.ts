import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/actors.js';
import type { TestApp } from '../support/app.js';
import { clock, MINUTE } from '../support/clock.js';
import { ConsolePage } from '../support/console.js';
import { startBrowser, startSite } from '../support/tabs.js';

const HOSTILE = '<img src=x onerror="complain(1)">';

describe('an administrator at the console', { timeout: 60_000 }, () => {
  let app: TestApp & { site: string };
  let browser: Browser;
  let cookies: Awaited<ReturnType<ConsolePage['cookies']>>;

  const open = (path: string) => ConsolePage.open(browser, app, path, cookies);
  /** In a session of its own, which may end or be refreshed. */
  const signIn = (path: string) => ConsolePage.signIn(browser, app, path);

  beforeAll(async () => {
    app = await startSite();
    browser = await startBrowser();
    const admin = await app.as.admin();
    const people = [
      ['ada@example.com', 'Ada Lovelace'],
      ['grace@example.com', HOSTILE],
      ['mallory@example.com', '\u202Egnp.lamron'],
    ];
    for (const [email, name] of people) await admin.post('/v1/users', { email, name, password: PASSWORD });
    await admin.post('/v1/roles', { name: 'support', scopes: [] });
    const console = await signIn('/console/users');
    cookies = await console.cookies();
    await console.finish();
  }, 60_000);
  afterEach(() => clock.release());
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  it('finds a user, and the address says how', async () => {
    const console = await open('/console/users');
    await console.row('Ada Lovelace').waitFor();
    await console.page.getByRole('searchbox').fill('gra');
    await console.row('ada@').waitFor({ state: 'detached' });
    expect(new URL(console.page.url()).search).toBe('?search=gra');
    await console.page.reload();
    await console.row('grace@').waitFor();
    expect(await console.page.locator('tbody tr').count()).toBe(1);
    await console.page.getByRole('searchbox').fill('');
    await console.page.getByLabel('Status').selectOption('disabled');
    await console.page.getByText('No one matches').waitFor();
    await console.finish();
  });

  it('sees stored names as the texts that they are', async () => {
    const console = await open('/console/users');
    await console.row(HOSTILE).getByRole('link').click();
    await console.heading().getByText(HOSTILE).waitFor();
    expect(await console.page.locator('img').count()).toBe(0);
    await console.page.goBack();
    // What overrides the direction ends with its name.
    const name = console.row('mallory@').locator('bdi').first();
    expect(await name.textContent()).toBe('\u202Egnp.lamron');
    await console.finish();
  });

  it('creates a user; what was wrong is said at its field, and the rest stays', async () => {
    const console = await open('/console/users');
    await console.button('Create user').click();
    await console.dialog().getByLabel('E-mail address').fill('alan@example.com');
    await console.dialog().getByLabel('Name').fill('Alan Turing');
    await console.dialog().getByLabel('Password').fill('password1');
    console.tab.expectStatus(400);
    await console.inDialog('Create user').click();
    await console.dialog().getByRole('alert').waitFor();
    expect(await console.dialog().getByLabel('Name').inputValue()).toBe('Alan Turing');
    await console.dialog().getByLabel('Password').fill(PASSWORD);
    await console.inDialog('Create user').click();
    await console.heading().getByText('Alan Turing').waitFor();
    await console.expectSaid('The account was created.');
    await console.finish();
  });

  it('is asked for a fresh proof, and what was chosen before is done then', async () => {
    const console = await signIn('/console/users?search=ada');
    await console.row('Ada Lovelace').getByRole('link').click();
    await console.button('Change roles').click();
    await console.dialog().getByLabel('support').check();
    clock.stop();
    clock.forward(6 * MINUTE);
    console.tab.expectStatus(401);
    await console.inDialog('Save').click();
    await console.dialog().getByText('Confirm it is you').waitFor();
    console.tab.expectStatus(400);
    await console.dialog().getByLabel('Password').fill('not the password');
    await console.inDialog('Confirm').click();
    await console.dialog().getByRole('alert').waitFor();
    await console.dialog().getByLabel('Password').fill('the-admin-of-the-tests');
    await console.inDialog('Confirm').click();
    await console.expectSaid('The roles were changed.');
    await console.page.locator('.chips', { hasText: 'support' }).waitFor();
    expect(await console.page.locator('.chips').textContent()).toContain('user');
    await console.finish();
  });

  it('gives up the proof, and nothing has changed', async () => {
    const admin = await app.as.admin();
    const before = (await admin.get('/v1/keys')).body;
    const console = await signIn('/console/keys');
    await console.button('Rotate keys').click();
    clock.stop();
    clock.forward(6 * MINUTE);
    console.tab.expectStatus(401);
    await console.inDialog('Rotate').click();
    await console.dialog().getByText('Confirm it is you').waitFor();
    await console.page.keyboard.press('Escape');
    await console.dialog().getByText('Nothing was changed').waitFor();
    clock.release();
    expect((await admin.get('/v1/keys')).body).toEqual(before);
    await console.finish();
  });

  it('disables a user, who is asked about by address', async () => {
    const console = await open('/console/users?search=mallory');
    await console.row('mallory@').getByRole('link').click();
    await console.button('Disable').click();
    await console.dialog().getByText('mallory@example.com').waitFor();
    await console.inDialog('Disable user').click();
    await console.expectSaid('The user is disabled.');
    await console.button('Enable').waitFor();
    const { status } = await app.as.anonymous().post('/v1/auth/login', {
      email: 'mallory@example.com',
      password: PASSWORD,
    });
    expect(status).toBe(401);
    await console.finish();
  });

  it('ticks what a role gives by keyboard alone, and looks at the difference first', async () => {
    const console = await open('/console/roles');
    const first = console.page.getByLabel('account:read for admin');
    await first.focus();
    await console.page.keyboard.press('ArrowRight');
    await console.page.keyboard.press('Control+End');
    expect(await console.focused()).toMatch(/ for user$/);
    await console.page.keyboard.press('Control+Home');
    await console.page.keyboard.press('ArrowRight');
    await console.page.keyboard.press('Space');
    await console.page.getByText('1 change is not saved').waitFor();
    await console.page.keyboard.press('Space');
    await console.page.getByText('1 change is not saved').waitFor({ state: 'detached' });
    await console.page.keyboard.press('Space');
    await console.button('Look through and save').press('Enter');
    await console.dialog().getByText('account:read').waitFor();
    await console.inDialog('Save').press('Enter');
    await console.expectSaid('The roles were saved.');
    const { body } = await (await app.as.admin()).get('/v1/roles/support');
    expect(body.scopes).toEqual(['account:read']);
    await console.finish();
  });

  it('registers an application, whose secret is shown once', async () => {
    const console = await open('/console/applications');
    await console.button('Register application').click();
    await console.dialog().getByLabel('Name').fill('Shop');
    await console.dialog().getByLabel('Redirect URIs').fill('https://shop.example/callback');
    await console.inDialog('Register application').click();
    const secret = await console.dialog().locator('.secret').textContent();
    expect(secret!.length).toBeGreaterThan(20);
    await console.inDialog('I have kept it').click();
    await console.heading().getByText('Shop').waitFor();
    await console.button('Test sign-in').waitFor();
    await console.page.getByText('openid-client').first().waitFor();
    expect(await console.page.content()).not.toContain(secret);
    await console.finish();
  });

  it('makes a service account, gives it a role, and makes its API key', async () => {
    const console = await open('/console/services');
    await console.button('Create service account').click();
    await console.dialog().getByLabel('Name').fill('Nightly backup');
    await console.inDialog('Create service account').click();
    await console.heading().getByText('Nightly backup').waitFor();
    await console.button('Change roles').click();
    await console.dialog().getByLabel('user').first().check();
    await console.inDialog('Save').click();
    await console.expectSaid('The roles were changed.');
    await console.button('Make API key').click();
    await console.dialog().getByLabel('Name').fill('Backup');
    await console.dialog().getByLabel('account:read').check();
    await console.inDialog('Make API key').click();
    const key = await console.dialog().locator('.secret').textContent();
    await console.inDialog('I have kept it').click();
    await console.row('Backup').getByText('Works').waitFor();
    const answer = await fetch(`${app.url}/v1/me`, { headers: { authorization: `Bearer ${key}` } });
    expect(answer.status).toBe(200);
    await console.finish();
  });

  it('rotates the signing keys after a look at what becomes of each', async () => {
    const console = await open('/console/keys');
    await console.button('Rotate keys').click();
    await console.dialog().getByText('Begins to sign.').waitFor();
    await console.dialog().getByLabel('Even if').check();
    await console.inDialog('Rotate').click();
    await console.expectSaid('The keys were rotated.');
    await console.page.getByText('Signs nothing any more').first().waitFor();
    const { body } = await (await app.as.admin()).get('/v1/keys');
    expect(body.items.map(({ stage }: { stage: string }) => stage)).toContain('previous');
    await console.finish();
  });

  it('reads the audit trail, narrowed down, and live', async () => {
    const console = await open('/console/audit');
    await console.page.getByLabel('What', { exact: true }).fill('role.created');
    await console.page.keyboard.press('Enter');
    await console.row('role.created').first().waitFor();
    await console.row('login.succeeded').first().waitFor({ state: 'detached' });
    expect(new URL(console.page.url()).searchParams.get('action')).toBe('role.created');
    await console.button('Live').click();
    const before = await console.row('role.created').count();
    await (await app.as.admin()).post('/v1/roles', { name: 'just-made', scopes: [] });
    await console.row('role.created').nth(before).waitFor();
    const href = await console.page.getByRole('link', { name: 'Export CSV' }).getAttribute('href');
    expect(href).toBe('/v1/audit-events/export?format=csv&action=role.created');
    await console.finish();
  });

  it('sees why a user has a scope, where they are signed in, and what was done to them', async () => {
    const person = await app.as.member('lovelace@example.com');
    const console = await open(`/console/users/${person.id}`);
    await console.page.getByText('scopes, and why').click();
    await console.row('account:write').getByText('Role user').waitFor();
    await console.row('user.signed_up').first().waitFor();
    const sessions = console.page.locator('section', { hasText: 'Signed in' }).first();
    await sessions.getByRole('button', { name: 'End', exact: true }).click();
    await console.inDialog('End').click();
    await console.expectSaid('The session has ended.');
    expect((await person.get('/v1/me')).status).toBe(401);
    await console.finish();
  });

  it('sees how the server is used, with the numbers behind each chart, and what it was started with', async () => {
    const console = await open('/console/overview');
    await console.page.getByText('Failed sign-ins').first().waitFor();
    await console.page.getByText('As a table').first().click();
    expect(await console.page.locator('.chart').first().locator('tbody tr').count()).toBeGreaterThan(20);
    await console.page.getByLabel('Span').selectOption('week');
    await console.page.waitForURL('**/overview?span=week');
    await console.page.getByRole('link', { name: 'Server' }).click();
    await console.page.getByText('This one').waitFor();
    await console.page.getByRole('link', { name: 'Settings' }).click();
    await console.row('GATEHOUSE_SECRET').first().getByText('Set, and secret').waitFor();
    expect(await console.page.content()).not.toContain(app.settings.GATEHOUSE_SECRET);
    await console.finish();
  });

  it('tries a route of the API with the own session', async () => {
    const console = await open('/console/api?search=whoami');
    await console.button(/whoami/).click();
    await console.button('Send GET').click();
    await console.page.locator('.answer').waitFor();
    expect(await console.page.locator('.answer').textContent()).toContain('"users:write"');
    await console.finish();
  });

  it('goes anywhere by a few letters, and the focus comes back', async () => {
    const console = await open('/console/users');
    await console.button('Create user').focus();
    await console.page.keyboard.press('Control+k');
    await console.page.getByRole('combobox', { name: 'A page, an action or a person' }).waitFor();
    await console.page.keyboard.press('Escape');
    await console.dialog().waitFor({ state: 'detached' });
    expect(await console.focused()).toBe('Create user');
    await console.page.keyboard.press('Control+k');
    await console.page.keyboard.type('ada');
    await console.page.getByRole('option', { name: /Ada Lovelace/ }).waitFor();
    await console.page.keyboard.press('Enter');
    await console.heading().getByText('Ada Lovelace').waitFor();
    await console.finish();
  });

  it('is told when the session has ended in another tab', async () => {
    const console = await signIn('/console/users');
    const other = await console.page.context().newPage();
    console.tab.expectStatus(401);
    await other.goto('/console/roles');
    await other.getByRole('button', { name: 'Account and appearance' }).click();
    await other.getByRole('button', { name: 'Sign out' }).click();
    await console.page.getByText('You are signed out').waitFor();
    expect(await console.page.getByRole('link', { name: 'Sign in' }).getAttribute('href')).toBe(
      '/login?continue=%2Fconsole%2Fusers',
    );
    await console.finish();
  });

  it('has a session whose access token has expired, and sees nothing of it', async () => {
    const console = await signIn('/console/users');
    clock.stop();
    clock.forward(16 * MINUTE);
    console.tab.expectStatus(401);
    await console.page.getByRole('link', { name: 'Roles' }).click();
    await console.page.getByLabel('account:read for support').waitFor();
    expect(await console.dialog().count()).toBe(0);
    await console.finish();
  });
});
