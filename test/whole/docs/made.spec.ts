import ts from 'typescript';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../src/platform/http/problem.js';
import { documentedErrors, errorFiles } from '../../../tools/docs/errors.js';
import { generatedFiles } from '../../../tools/docs/generated.js';
import { documentedSettings } from '../../../tools/docs/settings.js';
import { parse } from '../../../tools/docs/source.js';
import { readPages } from '../../support/pages.js';
import { readSources } from '../../support/source-rules.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';
import { loadSettings, settingNames } from '../../../src/platform/config/load-settings.js';

const errors = documentedErrors();
const codes = new Set(errors.map(({ code }) => code).filter(Boolean));

describe('what is made from the source', () => {
  it.each(Object.entries(generatedFiles()))('%s is as `npm run docs` makes it', (path, made) => {
    const isTheSame = readFileSync(path, 'utf8') === made;
    expect(isTheSame, `${path} is not what the source says any more: npm run docs`).toBe(true);
  });
});

describe('the settings', () => {
  it('are all documented', () => {
    expect(documentedSettings().map(({ name }) => name)).toEqual(settingNames());
  });

  it('may be set as .env.example has them, which changes nothing', () => {
    const commented = readFileSync('.env.example', 'utf8').match(/^# [A-Z_]+=.*$/gm)!;
    const env = parseEnv(commented.map((line) => line.slice(2)).join('\n')) as Record<string, string>;
    expect(Object.keys(env).toSorted()).toEqual(settingNames().toSorted());
    expect(loadSettings({ ...env, GATEHOUSE_SECRET })).toEqual(loadSettings({ GATEHOUSE_SECRET }));
  });
});

describe('the errors', () => {
  it('are all in errors files, and every class of them is documented', async () => {
    const modules = await Promise.all(errorFiles().map((path) => import(resolve(path))));
    const problems = modules
      .flatMap((module) => Object.values(module))
      .filter((each) => typeof each === 'function' && each.prototype instanceof Problem) as {
      name: string;
    }[];
    expect(problems.length).toBeGreaterThan(40);
    expect(problems.map(({ name }) => name).toSorted()).toEqual(errors.map(({ name }) => name).toSorted());
  });

  it('are made nowhere else', () => {
    const names = ['Problem', ...errors.map(({ name }) => name)];
    const files = errorFiles();
    const elsewhere = readSources('src')
      .filter(({ path }) => !files.includes(path) && path !== 'src/platform/http/problem.ts')
      .filter(({ path }) => makesProblems(parse(path), names))
      .map(({ path }) => `${path} makes a Problem of its own: declare it in the errors file of its feature`);
    expect(elsewhere).toEqual([]);
  });

  it('have a row for every code that a test expects or a page names', () => {
    const specs = readdirSync('test', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.spec.ts'))
      .map((name) => ({ path: join('test', name), text: readFileSync(join('test', name), 'utf8') }));
    const named = [
      ...namedIn(
        specs,
        /\bcode: '([a-z]+_[a-z_]+)'|body\.code\)\.toBe\('(\w+)'\)|expectProblem\([^;]*?\d{3}, '(\w+)'/g,
      ),
      ...namedIn(readPages(), /\b[45]\d\d:? `([a-z]+_[a-z_]+)`/g),
    ];
    expect(named.length).toBeGreaterThan(100);
    const ownOfSpecs = namedIn(specs, /\bnew Problem\(\s*\d{3},\s*'(\w+)'/g).map(({ code }) => code);
    const unknown = named.filter(({ code }) => !codes.has(code) && !ownOfSpecs.includes(code));
    expect(unknown).toEqual([]);
  });
});

/** Whether a file has `new Problem(…)`, or a class that extends one of these. */
function makesProblems(node: ts.Node, names: string[]): boolean {
  const extended = ts.isClassLike(node)
    ? node.heritageClauses?.[0]?.types[0]?.expression.getText()
    : undefined;
  if (extended && names.includes(extended)) return true;
  if (ts.isNewExpression(node) && node.expression.getText() === 'Problem') return true;
  return ts.forEachChild(node, (child) => makesProblems(child, names) || undefined) ?? false;
}

function namedIn(files: { path: string; text: string }[], pattern: RegExp): { path: string; code: string }[] {
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map((match) => ({ path, code: match.slice(1).find(Boolean)! })),
  );
}
