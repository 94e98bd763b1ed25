import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApp } from '../support/app.js';
import { ConsolePage } from '../support/console.js';
import { Mailbox } from '../support/mailbox.js';
import { allowClient, Browser as OAuthBrowser, firstParty, signInTo } from '../support/oauth.js';
import { OtherServer } from '../support/other-server.js';
import { startBrowser, startSite, Tab } from '../support/tabs.js';
import { ADMIN } from '../support/actors.js';

describe('an administrator at work', { timeout: 60_000 }, () => {
  let app: TestApp & { site: string };
  let mailbox: Mailbox;
  let shop: OtherServer;
  let browser: Browser;
  let cookies: Awaited<ReturnType<ConsolePage['cookies']>>;

  const open = (path: string) => ConsolePage.open(browser, app, path, cookies);

  beforeAll(async () => {
    mailbox = await Mailbox.open();
    shop = await OtherServer.start();
    app = await startSite({ SMTP_URL: mailbox.url, OUTBOUND_ALLOW: '127.0.0.1' });
    browser = await startBrowser();
    const console = await ConsolePage.signIn(browser, app, '/console/users');
    cookies = await console.cookies();
    await console.finish();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await app.close();
    await mailbox.close();
    await shop.close();
  });

  it('invites a person by mail, who chooses a password and signs in', async () => {
    const email = 'invited@example.com';
    const console = await open('/console/users');
    await console.button('Invite by mail').click();
    await console.dialog().getByLabel('E-mail address').fill(email);
    await console.inDialog('Send invitation').click();
    await console.expectSaid('The invitation is on its way.');
    await console.page.getByText('Not confirmed').waitFor();

    const { link } = await mailbox.last(app, email, 'reset your password');
    const tab = await Tab.open(browser, app.site, { viewport: { width: 320, height: 740 } });
    await tab.page.goto(link!);
    await tab.page.fill('#new-password', 'another horse battery');
    await tab.page.fill('#new-password-again', 'another horse battery');
    await tab.page.getByRole('button', { name: 'Change password' }).click();
    await tab.page.getByRole('heading', { name: 'Password changed' }).waitFor();
    await tab.finish();

    await console.page.reload();
    await console.page.getByText('Not confirmed').waitFor({ state: 'detached' });
    const body = { email, password: 'another horse battery' };
    expect((await app.as.anonymous().post('/v1/auth/login', body)).status).toBe(200);
    await console.finish();
  });

  it('imports users from a file, and sees what came of each line', async () => {
    const lines = [{ email: 'moved@example.com', name: 'Moved here' }, { email: 'none' }];
    const console = await open('/console/users');
    await console.button('Import users').click();
    await console
      .dialog()
      .getByLabel('File')
      .setInputFiles({
        name: 'users.ndjson',
        mimeType: 'application/x-ndjson',
        buffer: Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n')),
      });
    await console.inDialog('Import users').click();
    await console.dialog().locator('tbody tr', { hasText: 'email must be' }).waitFor();
    expect(await console.dialog().locator('dl').textContent()).toBe('Created1Changed0There already0Refused1');
    expect(await console.tab.barriers()).toEqual([]);
    await console.inDialog('Close').last().click();
    await console.row('Moved here').waitFor();
    await console.finish();
  });

  it('reads a letter in another language, and has it sent', async () => {
    const console = await open('/console/server?tab=mail');
    await console.page.getByLabel('Letter', { exact: true }).selectOption('password_reset');
    await console.page.locator('#main').getByLabel('Language').selectOption('ar');
    await console.page.locator('article.letter[lang=ar]', { hasText: 'كلمة مرور' }).waitFor();
    await console.button('Send it to me').click();
    await console.expectSaid(`It is on its way to ${ADMIN.email}.`);
    const mail = (await mailbox.of(app, ADMIN.email)).at(-1)!;
    expect(mail.html).toContain('<html lang="ar" dir="rtl">');
    expect(mail.text).toContain('account#r.EXAMPLE');
    await console.finish();
  });

  it('takes back what a user has allowed an application, and sends it what it has missed', async () => {
    const client = await firstParty(app, { name: 'Robot', backchannelLogoutUri: shop.at('/logout') });
    const person = await app.as.member();
    await allowClient(app, person.id, client.id);
    await signInTo(app, client, await OAuthBrowser.of(app, person));
    shop.answer = (_request, response) => void response.writeHead(500).end();
    const console = await open(`/console/applications/${client.id}`);
    await console.row(person.email).getByRole('button', { name: 'Take back' }).click();
    await console.inDialog('Take back').click();
    await console.expectSaid('It was taken back.');
    await console.page.getByText('Nobody has allowed this application anything.').waitFor();
    const admin = await app.as.admin();
    const missed = async () =>
      (await admin.get(`/v1/oauth/clients/${client.id}/logout-deliveries`)).body.items;
    await expect.poll(async () => (await missed())[0]?.lastError).toMatch(/500/);
    await console.page.reload();
    await console.row(person.id).getByText('500').waitFor();
    shop.answer = (_request, response) => void response.end();
    await console.button('Send now').click();
    await console.inDialog('Send now').click();
    await console.expectSaid('They are being sent.');
    await expect.poll(missed).toEqual([]);
    expect(shop.asked).toHaveLength(2);
    await console.page.reload();
    await console.page.getByText('Everything was delivered.').waitFor();
    await console.finish();
  });

  it('puts a service behind the gateway, sees what changed, and brings back what was', async () => {
    const admin = await app.as.admin();
    const resource = { identifier: 'https://items.example', name: 'Items' };
    await admin.post('/v1/resources', { ...resource, scopes: [{ name: 'items:read', description: null }] });
    const console = await open('/console/api/gateway');
    await console.button('Add service').click();
    await console.dialog().getByLabel('Name').fill('items');
    await console.dialog().getByLabel('Targets').fill('http://127.0.0.1:9 3');
    await console.inDialog('Add service').click();
    await console.expectSaid('Saved. It takes effect with the next revision.');
    await console.row('items').getByRole('button', { name: 'Check' }).click();
    await console.dialog().getByText('Not reachable').waitFor();
    await console.dialog().getByRole('button', { name: 'Close' }).last().click();

    await console.page.getByRole('link', { name: 'Served APIs' }).click();
    await console.page.getByRole('link', { name: 'Items' }).click();
    await console.button('Add version').click();
    await console.dialog().getByLabel('Base path').fill('/items');
    await console.inDialog('Add version').click();
    await console.button('Add route').click();
    await console.dialog().getByLabel('Path').fill('/things/:thing');
    await console.dialog().getByLabel('items:read').check();
    await console.dialog().getByLabel('Requests of one caller').fill('100');
    await console.inDialog('Add route').click();
    await console.row('GET /things/:thing').getByText('100 a minute').waitFor();
    await console.button('Publish').click();
    await console.inDialog('Publish').click();
    await console.expectSaid('The version is published; the next revision serves it.');

    await console.tab.goTo('/console/api/gateway?tab=revisions');
    await console.button('Publish revision').click();
    await console.inDialog('Publish revision').click();
    await console.expectSaid('Revision 1 is served.');
    await console.row('1').getByRole('button', { name: 'Changes' }).click();
    await console.dialog().getByText('https://items.example v1 GET /things/:thing').waitFor();
    await console.dialog().getByRole('button', { name: 'Close' }).click();

    await console.page.getByRole('link', { name: 'What would happen' }).click();
    await console.page.getByLabel('Path and query').fill('/g/items/v1/things/7');
    await console.button('Ask').click();
    await console.page.getByText('It is refused with 401').waitFor();
    expect(await console.page.locator('.answer').textContent()).toContain('GET /g/items/v1/things/:thing');

    await admin.post('/v1/gateway/revisions', { note: 'the same' });
    await console.tab.goTo('/console/api/gateway?tab=revisions');
    await console.row('the same').getByRole('button', { name: 'Changes' }).click();
    await console.dialog().getByText('Nothing changed.').waitFor();
    await console.dialog().getByRole('button', { name: 'Close' }).click();
    await console.row(/^1/).getByRole('button', { name: 'Bring back' }).click();
    await console.inDialog('Bring back').click();
    await console.expectSaid('Revision 3 is served.');
    await console.finish();
  });
});
