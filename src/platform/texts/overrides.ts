import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '../config/startup.error.js';
import { flawsOf } from './catalogue.js';
import { LOCALES } from './locales.js';
import type { Catalogue } from './texts.types.js';

/** What tells the texts of one set from those of the others in the same file; those of pages have no prefix. */
const PREFIXES = ['console.', 'letter.'];

/**
 * An operator's own texts of one set, by language.
 * @param prefix of the keys in the files; it is left out in what is given
 * @throws StartupError with a line for each thing that is wrong
 */
export function overridesOf<Key extends string>(
  folder: string,
  prefix: string,
  english: Catalogue<Key>,
): ReadonlyMap<string, Partial<Catalogue<Key>>> {
  const known = LOCALES.map(({ tag }) => `${tag}.json`);
  const problems: string[] = [];
  const found = new Map<string, Partial<Catalogue<Key>>>();
  for (const name of filesIn(folder)) {
    const path = join(folder, name);
    if (!known.includes(name)) problems.push(`${path} must be one of ${known.join(', ')}`);
    const { texts, flaws } = readOne(path, prefix, english);
    problems.push(...flaws.map((flaw) => `${path}: ${flaw}`));
    found.set(name.replace('.json', ''), texts as Partial<Catalogue<Key>>);
  }
  if (problems.length > 0) throw new StartupError(problems.map((each) => `WEB_TEXTS: ${each}`));
  return found;
}

/** @throws StartupError */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((each) => each.endsWith('.json'));
  } catch {
    throw new StartupError([`WEB_TEXTS: there is no folder ${folder}`]);
  }
}

const none = (flaw: string) => ({ texts: {}, flaws: [flaw] });

function readOne(path: string, prefix: string, english: Catalogue): { texts: Catalogue; flaws: string[] } {
  let source: string;
  try {
    // Some editors begin a file with a byte order mark.
    source = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch {
    return none('it cannot be read');
  }
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    return none(`line ${lineOf((error as Error).message, source)}: it is no JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return none('line 1: it must be a JSON object');
  const texts = ofSet(value as Catalogue, prefix);
  const flaws = flawsOf(texts, english).map(({ key, text }) => {
    const line = lineAt(source, source.indexOf(JSON.stringify(prefix + key)));
    return `line ${line}: ${prefix}${key} ${text}`;
  });
  return { texts, flaws };
}

const prefixOf = (key: string) => PREFIXES.find((each) => key.startsWith(each)) ?? '';

/** Those texts of a file that belong to one set. */
function ofSet(texts: Catalogue, prefix: string): Catalogue {
  const own = Object.entries(texts).filter(([key]) => prefixOf(key) === prefix);
  return Object.fromEntries(own.map(([key, forms]) => [key.slice(prefix.length), forms]));
}

/** Where the parser stopped; a text that ends too soon is told without a place. */
function lineOf(message: string, source: string): number {
  const [, line] = /\(line (\d+) column/.exec(message) ?? [];
  const [, position] = /at position (\d+)/.exec(message) ?? [];
  return line === undefined ? lineAt(source, Number(position ?? source.length)) : Number(line);
}

const lineAt = (source: string, position: number) => source.slice(0, position).split('\n').length;
