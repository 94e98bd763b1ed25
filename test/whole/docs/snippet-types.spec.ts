import { expect, it } from 'vitest';
import { readPages } from '../../support/pages.js';
import { snippetsOf, type Snippet } from '../../support/snippets.js';
import { typeErrorsIn } from '../../support/type-check.js';

it('the TypeScript of the pages fits the source', { timeout: 60_000 }, () => {
  const snippets = readPages()
    .flatMap(snippetsOf)
    // Those with a label are files, whose types are checked with the rest, or run by other-services.spec.ts.
    .filter(({ language, notRun, label }) => language === 'ts' && notRun === undefined && !label);
  expect(snippets.length).toBeGreaterThan(3);
  expect(typeErrorsIn(snippets.map((each) => ({ path: pathOf(each), text: each.text })))).toEqual([]);
});

/** The path that its first line names, or one next to the features. */
function pathOf({ path, line, text }: Snippet): string {
  const [, named] = /^\/\/ (\S+\.ts)\n/.exec(text) ?? [];
  return named ?? `src/features/${path.replaceAll(/\W+/g, '-')}/snippet-${line}.ts`;
}
