import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
    const app = await start();
    try {
      const visitor = await oauthVisitor(app, await app.as.member());
      expect((await visitor.open('/account/sessions')).html).toContain('<aside>Yours</aside>');
      expect(app.log.join('\n')).toContain('WEB_TEMPLATES: there is no page /lgoin');
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
    ['with a script', '{{content}}<script src="/x.js"></script>', /browsers ignore <script/],
    ['with a style', '<p style="color: red">{{content}}</p>', /browsers ignore style=/],
    ['with a handler', '<p onclick="x()">{{content}}</p>', /browsers ignore onclick=/],
  ])('stop the start when one is %s', async (_what, text, reason) => {
    write('login.html', text);
    await expect(start()).rejects.toThrow(reason);
  });

  it('stop the start when there is no such folder', async () => {
    const start = startApp({ env: { WEB_TEMPLATES: join(folder, 'none') } });
    await expect(start).rejects.toThrow(/WEB_TEMPLATES: there is no folder/);
  });
});
