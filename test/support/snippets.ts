import type { Page } from './pages.js';

/** A block of code in a page. */
export interface Snippet {
  path: string;
  line: number;
  /** What the HTML comment before it says, if there is one. */
  label: string | undefined;
  language: string;
  text: string;
  /** Why no test runs it, where none does: what stands behind `not-run:` after the language. */
  notRun: string | undefined;
}

/** Every fenced block of a page, those in lists too. */
export function snippetsOf({ path, text }: Page): Snippet[] {
  return [...text.matchAll(/(?:^<!-- (\S+) -->\n\n)?^( *)```(\S*) *(.*)\n([^]*?)^\2```$/gm)].map(
    ([, label, indent = '', language = '', info = '', block = '']) => ({
      path,
      line: lineOf(text, block),
      label,
      language,
      text: block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      notRun: /^not-run: *(.*)$/.exec(info)?.[1],
    }),
  );
}

function lineOf(text: string, block: string): number {
  return text.slice(0, text.indexOf(block)).split('\n').length - 1;
}
