import { existsSync, readFileSync } from 'node:fs';
import type { Locale } from '../../platform/texts/locales.js';
import type { ToolWords } from './token-tool.types.js';

const ENGLISH: ToolWords = { says: {}, means: {} };
const read = new Map<string, ToolWords>();

/** The words of the tool's own scripts in this language: nothing for English, which the scripts have. */
export function wordsOf({ tag }: Locale): ToolWords {
  const words = read.get(tag) ?? wordsIn(new URL(`./texts/${tag}.json`, import.meta.url));
  read.set(tag, words);
  return words;
}

function wordsIn(file: URL): ToolWords {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ToolWords) : ENGLISH;
}
