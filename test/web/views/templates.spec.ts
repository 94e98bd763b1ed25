import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { makeClient } from '../../support/oauth.js';
import { oauthVisitor } from '../../support/oauth-visitor.js';
import { Visitor } from '../../support/visitor.js';

describe('an operator’s own templates', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gatehouse-templates-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const start = () => startApp({ env: { WEB_TEMPLATES: folder } });

  it('lay out a page, in a language too, and leave its forms and all other pages as they are', async () => {
    write(
      'consent.html',
      '\uFEFF<aside>Ask the help desk</aside><h2>{{ title }}</h2>{{content}}{{brand}}{{menu}}',
    );
    write('consent.de.html', '<aside>Frag die Hotline</aside>{{content}}');
    const app = await start();
    try {
      const client = await makeClient(app, { name: '{{title}} <b>' });
      const visitor = await oauthVisitor(app, await app.as.member());
      const own = await visitor.ask(client);
      expect(own.html).toContain('<aside>Ask the help desk</aside><h2>');
      expect(own.html).toContain('<title>');
      expect(own.html.match(/<main id="main"/g)).toHaveLength(1);
      expect(own.html).toContain('href="#main"');
      // What others have written is no template.
      expect(own.html).toContain('{{title}} &lt;b>');
      expect(own.headers.get('content-security-policy')).toContain(`script-src 'self'`);
      const german = await visitor.ask(client, { ui_locales: 'de' });
      expect(german.html).toContain('<aside>Frag die Hotline</aside>');
      expect(german.html).not.toContain('<header');
      await visitor.send('/consent', { decision: 'allow' });
      expect(visitor.back.get('code')).toBeTruthy();
      expect((await new Visitor(app.url).open('/login')).html).not.toContain('help desk');
    } finally {
      await app.close();
    }
  });

  it('of pages in folders are theirs, and one of no page is said', async () => {
    mkdirSync(join(folder, 'account'));
    write('account/sessions.html', '<aside>Yours</aside>{{content}}');
    write('lgoin.html', '{{content}}');
    mkdirSync(join(folder, 'login'));
    write('login/second-step.html', '<aside>Your code</aside>{{content}}');
    mkdirSync(join(folder, 'console'));
    write('console/users.html', '{{content}}');
    mkdirSync(join(folder, '..2026'));
    write('..2026/lgoin.html', 'is not read');
    const app = await start();
    try {
      const visitor = await oauthVisitor(app, await app.as.member());
      expect((await visitor.open('/account/sessions')).html).toContain('<aside>Yours</aside>');
      const warnings = app.log.filter((line) => line.includes('WEB_TEMPLATES')).join('\n');
      expect(warnings).toContain('WEB_TEMPLATES: there is no page /lgoin,');
      expect(warnings).toContain('WEB_TEMPLATES: no file lays out /console/users, which is part of /console');
      expect(warnings).not.toContain('second-step');
      expect(warnings).not.toContain('2026');
    } finally {
      await app.close();
    }
  });

  it('lay out what a form below a page shows, unless that has one of its own', async () => {
    write('login.html', '<aside>Welcome</aside>{{content}}');
    write('account.html', '<aside>Mine</aside>{{content}}');
    const wrong = async (url: string) =>
      (await new Visitor(url).post('/login/second-step', { challenge: 'x', methods: 'totp' })).html;
    let app = await start();
    try {
      expect(await wrong(app.url)).toContain('<aside>Welcome</aside>');
      const visitor = await oauthVisitor(app, await app.as.member());
      expect((await visitor.open('/account')).html).toContain('<aside>Mine</aside>');
      expect((await visitor.open('/account/sessions')).html).not.toContain('<aside>Mine</aside>');
      await app.close();
      mkdirSync(join(folder, 'login'));
      write('login/second-step.html', '<aside>Your code</aside>{{content}}');
      app = await start();
      expect(await wrong(app.url)).toContain('<aside>Your code</aside>');
    } finally {
      await app.close();
    }
  });

  it.each([
    ['without the content', '<p>{{title}}</p>', /login\.html: \{\{content\}\} must stand in it once/],
    ['with the content twice', '{{content}}{{content}}', /must stand in it once/],
    [
      'with a place that there is not',
      '{{content}}{{user}}',
      /there is no place \{\{user\}\}; there are brand/,
    ],
    ['with a place of two words', '{{content}}{{user-name}}', /there is no place \{\{user-name\}\}/],
    ['with a part of a place', '{{content}}{{ page.title }}', /there is no place \{\{page\.title\}\}/],
    ['with a filter', '{{content}}{{content | x}}', /there is no place \{\{content \| x\}\}/],
    ['with a script', '{{content}}<script src="/x.js"></script>', /browsers ignore <script/],
    ['with a style', '<p style="color: red">{{content}}</p>', /browsers ignore style=/],
    ['with a handler', '<p onclick="x()">{{content}}</p>', /browsers ignore onclick=/],
  ])('stop the start when one is %s', async (_what, text, reason) => {
    write('login.html', text);
    await expect(start()).rejects.toThrow(reason);
  });

  it('stop the start when one is a folder or cannot be read, with all that is wrong', async () => {
    mkdirSync(join(folder, 'login.html'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'signup.html'));
    write('consent.html', '{{user}}{{content}}');
    const failure = await start().catch((error: unknown) => String(error));
    expect(failure).toContain(`${join(folder, 'login.html')}: it is a folder`);
    expect(failure).toContain(`${join(folder, 'signup.html')}: it cannot be read (ENOENT)`);
    expect(failure).toContain(`${join(folder, 'consent.html')}: there is no place {{user}}`);
  });

  it('stop the start when there is no such folder', async () => {
    const start = startApp({ env: { WEB_TEMPLATES: join(folder, 'none') } });
    await expect(start).rejects.toThrow(/WEB_TEMPLATES: there is no folder/);
  });
});
