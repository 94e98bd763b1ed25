import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LetterPreviews } from '../../../src/platform/mail/letter-previews.service.js';
import { LOCALES } from '../../../src/platform/texts/locales.js';
import { ConsoleTextsService } from '../../../src/web/console/console-texts.service.js';
import { startApp } from '../../support/app.js';
import { readSources } from '../../support/source-rules.js';
import { Visitor } from '../../support/visitor.js';

const english = JSON.parse(readFileSync('src/web/views/texts/en.json', 'utf8')) as object;

describe('the texts of the pages', () => {
  it('are all used', () => {
    const source = ['src/web', 'web']
      .flatMap(readSources)
      .map(({ text }) => text)
      .join('\n');
    const isUsed = (key: string) =>
      source.includes(`'${key}'`) ||
      source.includes(`"${key}"`) ||
      source.includes(`\`${key.slice(0, key.lastIndexOf('.'))}.\${`);
    expect(Object.keys(english).filter((key) => !isUsed(key))).toEqual([]);
  });
});

describe('an operator’s own texts', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gatehouse-texts-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: unknown) =>
    writeFileSync(join(folder, name), typeof text === 'string' ? text : JSON.stringify(text));
  const start = () => startApp({ env: { WEB_TEXTS: folder } });

  it('take the place of ours, and the others stay', async () => {
    write('en.json', `\uFEFF${JSON.stringify({ 'login.title': 'Welcome to <Acme>' })}`);
    write('fr.json', { 'console.entry.users': 'Gens', 'letter.password_reset.before': 'Bonjour {app} <b>' });
    const app = await start();
    try {
      const console = app.nest.get(ConsoleTextsService).in(LOCALES.find(({ tag }) => tag === 'fr')!);
      expect(JSON.parse(console.bytes.toString())).toMatchObject({ 'entry.users': 'Gens' });
      const letter = app.nest.get(LetterPreviews).preview('password_reset', 'ada@example.com', 'fr')!;
      expect(letter.text).toContain('Bonjour Gatehouse <b>\n');
      expect(letter.html).toContain('Bonjour Gatehouse &lt;b>');
      const { html } = await new Visitor(app.url).open('/login');
      expect(html).toContain('<h1>Welcome to &lt;Acme></h1>');
      expect(html).toContain('Forgotten your password?');
      expect((await new Visitor(app.url).open('/login?ui_locales=de')).html).toContain('<h1>Anmelden</h1>');
    } finally {
      await app.close();
    }
  });

  it('stop the start when one of them is broken, and its line says where', async () => {
    write('en.json', '{\n  "login.title": "a",\n}');
    await expect(start()).rejects.toThrow(/WEB_TEXTS: .*en\.json: line 3: it is no JSON/);
  });

  it('stop the start with a text of letters or of the console that is wrong', async () => {
    write('de.json', { 'letter.notices.when': 'Wann' });
    await expect(start()).rejects.toThrow(/letter\.notices\.when lacks the place \{when\}/);
    write('de.json', { 'console.entry.users': 1 });
    await expect(start()).rejects.toThrow(/console\.entry\.users must be a text/);
  });
});
