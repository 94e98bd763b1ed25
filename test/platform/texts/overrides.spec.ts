import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { overridesOf } from '../../../src/platform/texts/overrides.js';

const ENGLISH = {
  'login.title': 'Sign in',
  'stepUp.password': 'The password of {email}',
  'newKey.days': { one: '{count} day', other: '{count} days' },
};

describe('the texts of an operator', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gatehouse-texts-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: unknown) =>
    writeFileSync(join(folder, name), typeof text === 'string' ? text : JSON.stringify(text));
  const read = (prefix = '') => overridesOf(folder, prefix, ENGLISH);

  it('are those of one set, without its prefix', () => {
    write('de.json', { 'login.title': 'a', 'console.login.title': 'b', 'letter.login.title': 'c' });
    write('notes.txt', 'no texts');
    expect([...read()]).toEqual([['de', { 'login.title': 'a' }]]);
    expect([...read('console.')]).toEqual([['de', { 'login.title': 'b' }]]);
    expect([...read('letter.')]).toEqual([['de', { 'login.title': 'c' }]]);
  });

  it('may begin with a byte order mark', () => {
    write('de.json', '\uFEFF{"login.title": "a"}');
    expect(read().get('de')).toEqual({ 'login.title': 'a' });
  });

  it.each([
    ['broken JSON', 'en.json', '{\n  "login.title": "a",\n}', /en\.json: line 3: it is no JSON/],
    ['a text that ends too soon', 'en.json', '{\n  "login.title": "a', /en\.json: line 2: it is no JSON/],
    ['nothing in it', 'en.json', '', /en\.json: line 1: it is no JSON/],
    ['a list', 'en.json', [], /it must be a JSON object/],
    ['an unknown key', 'en.json', '{\n\n"login.titel": "a"}', /line 3: login\.titel is no text of ours/],
    ['a key of every object', 'en.json', '{"constructor": "a"}', /constructor is no text of ours/],
    ['a key of all that is made', 'en.json', '{"__proto__": "a"}', /__proto__ is no text of ours/],
    ['a number', 'en.json', { 'login.title': 1 }, /login\.title must be a text/],
    ['a place that is not there', 'de.json', { 'login.title': '{name}' }, /has a place \{name\}/],
    ['a place that is missing', 'de.json', { 'stepUp.password': 'Passwort' }, /lacks the place \{email\}/],
    ['a language that is not spoken', 'tlh.json', {}, /tlh\.json must be one of en\.json/],
    ['forms without the usual one', 'en.json', { 'newKey.days': { one: 'a' } }, /with "other" among them/],
  ])('are refused with %s, and a line says where', (_, name, text, line) => {
    write(name, text);
    expect(() => read()).toThrow(line);
  });

  it('are all looked at before they are refused', () => {
    write('de.json', { 'login.titel': 'a', 'login.titlo': 'b' });
    write('fr.json', '[');
    expect(() => read()).toThrow(/login\.titel[^]*login\.titlo[^]*fr\.json: line 1/);
  });

  it('are refused when a file cannot be read, or the folder', () => {
    mkdirSync(join(folder, 'de.json'));
    expect(() => read()).toThrow(/de\.json: it cannot be read/);
    expect(() => overridesOf(join(folder, 'gone'), '', ENGLISH)).toThrow(/WEB_TEXTS: there is no folder/);
  });
});
