// mod_auth_openidc, as Debian packages it, in front of a page: code with PKCE, userinfo, sign-out on both channels.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from '../../support/process.js';
import { Browser } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { api, ISSUER, makeClient, newPerson, type MadeClient, type Person } from './support/gatehouse.js';

const MODULES = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'headers', 'auth_openidc'];

let folder: string;
let apache: ChildProcess;
let site: string;
let ada: Person;

before(async () => {
  ada = await newPerson();
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-apache-'));
  const port = await freePort();
  site = `http://localhost:${port}`;
  const client = await makeClient({
    redirectUris: [`${site}/private/redirect`],
    postLogoutRedirectUris: [`${site}/bye`],
    backchannelLogoutUri: `${site}/private/redirect?logout=backchannel`,
  });
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'www/private'), { recursive: true });
  writeFileSync(join(folder, 'www/private/page'), 'for members');
  writeFileSync(join(folder, 'apache.conf'), configuration(port, client));
  apache = spawn('/usr/sbin/apache2', ['-X', '-f', join(folder, 'apache.conf')], { stdio: 'ignore' });
  await eventually(async () => void (await fetch(site)));
});

after(async () => {
  if (apache.exitCode === null) {
    apache.kill();
    await once(apache, 'close');
  }
  rmSync(folder, { recursive: true, force: true });
});

test('a page is shown to who has signed in here, with their address', async () => {
  const browser = new Browser(ada);
  const shown = await open(browser);
  assert.equal(await shown.text(), 'for members');
  assert.equal(shown.headers.get('x-user'), ada.email);
});

test('who has signed in already is not asked again by a site', async () => {
  const browser = new Browser(ada);
  await open(browser);
  browser.forget(site);
  const shown = await open(browser, (url) => assert.notEqual(url.pathname, '/login'));
  assert.equal(shown.headers.get('x-user'), ada.email);
});

test('signing out at the site signs out here too, and leads back', async () => {
  const browser = new Browser(ada);
  await open(browser);
  const address = `${site}/private/redirect?logout=${encodeURIComponent(`${site}/bye`)}`;
  const end = await browser.follow(address, ({ pathname }) => pathname === '/bye');
  assert.equal(end.origin, site);
  await assert.rejects(
    open(browser, ({ pathname }) => assert.notEqual(pathname, '/login')),
    { code: 'ERR_ASSERTION' },
  );
});

test('the site is told when the person signs out elsewhere, and shows the page no more', async () => {
  const browser = new Browser(ada);
  await open(browser);
  const page = new URL('/private/page', site);
  assert.equal((await browser.fetch(page)).status, 200);
  await api('DELETE', '/v1/me/sessions', undefined, await freshToken());
  await eventually(async () => assert.equal((await browser.fetch(page)).status, 302));
});

async function open(browser: Browser, each: (url: URL) => void = () => {}): Promise<Response> {
  const page = new URL('/private/page', site);
  const first = await browser.fetch(page);
  assert.equal(first.status, 302, readFileSync(join(folder, 'error.log'), 'utf8'));
  const request = first.headers.get('location')!;
  await browser.follow(request, (url) => {
    each(url);
    return url.href === page.href;
  });
  return browser.fetch(page);
}

async function freshToken(): Promise<string> {
  const { email, password } = ada;
  return (await api('POST', '/v1/auth/login', { email, password })).access_token;
}

function configuration(port: number, { clientId, clientSecret }: MadeClient): string {
  const load = MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
  return `${load.join('\n')}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/apache.pid
ErrorLog ${folder}/error.log
DefaultRuntimeDir ${folder}
User www-data
Group www-data
DocumentRoot ${folder}/www

OIDCProviderMetadataURL ${ISSUER}/.well-known/openid-configuration
OIDCClientID ${clientId}
OIDCClientSecret ${clientSecret}
OIDCRedirectURI ${site}/private/redirect
OIDCCryptoPassphrase a-passphrase-of-the-site
OIDCScope "openid email"
OIDCPKCEMethod S256
OIDCRemoteUserClaim email

<Location /private>
  AuthType openid-connect
  Require valid-user
  Header set X-User "expr=%{REMOTE_USER}"
</Location>
`;
}
