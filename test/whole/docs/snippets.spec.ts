import ts from 'typescript';
import { spawnSync } from 'node:child_process';
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentedErrors } from '../../../tools/docs/errors.js';
import { startApp } from '../../support/app.js';
import { isPostgres } from '../../support/database.js';
import { readPages } from '../../support/pages.js';
import { freePort, GATEHOUSE_SECRET, ServerProcess } from '../../support/process.js';
import { runShell, type ShellAnswer } from '../../support/shell.js';
import { snippetsOf, type Snippet } from '../../support/snippets.js';
import { loadSettings, settingNames } from '../../../src/platform/config/load-settings.js';

/** Languages that a test runs or checks. */
const CHECKED = ['sh', 'ts', 'js', 'json', 'ndjson', 'env', 'sql'];
/** Those that are only shown: other programs' files, drawings, what is printed. */
const SHOWN = [
  'text',
  'mermaid',
  'html',
  'toml',
  'yaml',
  'nginx',
  'ini',
  'dockerfile',
  'go',
  'python',
  'diff',
  'tsx',
];
/** What not every machine has; what needs it is skipped where it is missing. */
const MISSING = ['curl', 'sqlite3', 'openssl'].filter(
  (name) => spawnSync('bash', ['-c', `command -v ${name}`]).status !== 0,
);
/** What would change the machine of the developer who runs the tests. */
const MEDDLES =
  /\b(sudo|docker|kubectl|systemctl|apt-get|git|npm (ci|install|prune|run build))\b|\s\/(etc|opt|usr|var)\//;
const QUICK_START = 'docs/quick-start.md';

const all = readPages().flatMap(snippetsOf);
const run = all.filter(({ notRun }) => notRun === undefined);
const of = (language: string) => run.filter((each) => each.language === language);
const where = ({ path, line }: Snippet) => `${path}:${line}`;
const codes = documentedErrors().map(({ code }) => code);

describe('the snippets', () => {
  it('are in languages that are run, checked, or known to be neither', () => {
    const unknown = all.filter(({ language }) => ![...CHECKED, ...SHOWN].includes(language));
    expect(unknown.map(where), `name one of ${[...CHECKED, ...SHOWN].join(', ')}`).toEqual([]);
    expect(run.length).toBeGreaterThan(30);
  });

  it('are not run where they would change more than a folder of their own', () => {
    const meddling = of('sh').filter(({ text }) => MEDDLES.test(text));
    expect(meddling.map(where), 'write behind the language: not-run: <why>').toEqual([]);
  });

  it.each(all.filter(({ notRun }) => notRun !== undefined).map((each) => [where(each), each.notRun!]))(
    '%s is not run: %s',
    (_, why) => {
      expect(why.length, 'say why, after "not-run: "').toBeGreaterThan(10);
    },
  );
});

describe('what is typed into a shell', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = new ServerProcess(await freePort());
    // As in a checkout, with data of its own.
    const entries = readdirSync('.').filter((name) => !['data', '.env', '.git'].includes(name));
    for (const name of entries) symlinkSync(resolve(name), join(server.folder, name));
    await server.start();
  });
  afterAll(() => server.discard());

  const pages = [...new Set(of('sh').map(({ path }) => path))];
  it.for(pages)(
    'in %s works, and is refused where it says so',
    { timeout: 180_000 },
    async (path, { skip }) => {
      const scripts = of('sh').filter((each) => each.path === path && !MEDDLES.test(each.text));
      const [setUp] = of('sh').filter((each) => each.path === QUICK_START);
      const isOnItsOwn = ['README.md', QUICK_START].includes(path);
      const script = [...(isOnItsOwn ? [] : [setUp!]), ...scripts].map(({ text }) => text).join('\n');
      const missing = MISSING.find((name) => new RegExp(`\\b${name}\\b`).test(script));
      if (missing) skip(`needs ${missing}`);
      for (const { name, text } of namedScripts(path))
        writeFileSync(join(server.folder, name), forThisServer(text, path));

      const answers = await runShell(forThisServer(script, path), server.folder);
      expectAsSaid(answers);
    },
  );

  /** With its address and password, and with people that no other page has. */
  function forThisServer(script: string, path: string): string {
    const password = /with the password (\S+)/.exec(server.output)![1]!;
    return script
      .replaceAll('the password that the first start printed', password)
      .replaceAll('http://localhost:3000', `http://localhost:${server.port}`)
      .replaceAll('@example.com', `@page-${pages.indexOf(path)}.example.com`);
  }
});

describe('the code', () => {
  it.each(of('js').map((each) => [where(each), each.text]))('in JavaScript, %s, can be read', (_, text) => {
    const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true, fileName: 'snippet.js' });
    expect(diagnostics!.map(({ messageText }) => messageText)).toEqual([]);
  });

  it.each(of('json').map((each) => [where(each), each.text]))('in JSON, %s, can be read', (_, text) => {
    expect(() => JSON.parse(text)).not.toThrow();
  });

  it.each(of('ndjson').map((each) => [where(each), each.text]))(
    'in JSON, line by line, %s, can be read',
    (_, text) => {
      for (const line of text.trim().split('\n')) expect(() => JSON.parse(line), line).not.toThrow();
    },
  );

  it.each(of('env').map((each) => [where(each), each.text]))('for .env, %s, has good settings', (_, text) => {
    const env = parseEnv(text) as Record<string, string>;
    expect(Object.keys(env).filter((name) => !settingNames().includes(name))).toEqual([]);
    expect(() => loadSettings({ GATEHOUSE_SECRET, ...env })).not.toThrow();
  });

  it('of drawings has no semicolon, which ends a statement in the middle of a sentence', () => {
    const drawings = of('mermaid').filter(({ text }) => text.startsWith('sequenceDiagram'));
    expect(drawings.filter(({ text }) => text.includes(';')).map(where)).toEqual([]);
  });

  it.skipIf(!isPostgres)('in SQL works on PostgreSQL', async () => {
    const app = await startApp();
    try {
      for (const { text } of of('sql')) {
        for (const statement of text.split(/;$/m).filter((each) => each.trim() !== '')) {
          await expect(app.nest.get(DataSource).query(statement), statement).resolves.toBeDefined();
        }
      }
    } finally {
      await app.close();
    }
  });
});

/** Every refusal was announced by the comment above, and every one that was announced came. */
function expectAsSaid(answers: ShellAnswer[]): void {
  for (const about of new Set(answers.map((each) => each.about))) {
    const given = answers.filter((each) => each.about === about);
    const refusals = given.map(({ status }) => String(status)).filter((status) => status >= '400');
    expect([...new Set(refusals)].toSorted(), about).toEqual(
      [...new Set(about.match(/\b[45]\d\d\b/g) ?? [])].toSorted(),
    );
    const named = (about.match(/\b[a-z_]+\b/g) ?? []).filter((word) => codes.includes(word));
    expect(
      given.map(({ code }) => code),
      about,
    ).toEqual(expect.arrayContaining(named));
  }
}

/** Scripts of a page that its commands run by the name in their first line. */
function namedScripts(path: string): { name: string; text: string }[] {
  return of('js').flatMap((each) => {
    const [, name] = /^\/\/ (\w+\.mjs)\n/.exec(each.text) ?? [];
    return name && each.path === path ? [{ name, text: each.text }] : [];
  });
}
