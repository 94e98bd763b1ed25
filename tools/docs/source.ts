import ts from 'typescript';
import { readFileSync } from 'node:fs';

/** A TypeScript file as a tree. */
export function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
}

/** The classes of a file that have a name. */
export function classesOf(file: ts.SourceFile): (ts.ClassDeclaration & { name: ts.Identifier })[] {
  return file.statements.filter(
    (each): each is ts.ClassDeclaration & { name: ts.Identifier } =>
      ts.isClassDeclaration(each) && each.name !== undefined,
  );
}

/** What the comment above a declaration says, its tags apart, in one line. */
export function commentOf(node: ts.Node): { text: string; tags: Record<string, string> } {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const tags = (comment?.tags ?? []).map((tag) => [tag.tagName.text, inOneLine(tag.comment)] as const);
  return { text: inOneLine(comment?.comment), tags: Object.fromEntries(tags) };
}

/** A page with what is between its markers replaced; the rest is written by hand. */
export function withMade(page: string, made: string): string {
  const [begin, end] = ['<!-- made by npm run docs -->\n', '<!-- end of what is made -->'];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`a page lacks the line ${begin}or ${end}`);
  return page.slice(0, from + begin.length) + made + page.slice(to);
}

/** A row of a table. */
export function row(...cells: string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

/** Text of a comment or message as a cell: what Markdown would take for its own is escaped, pages are linked. */
export function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '\\<')))
    .join('')
    .replaceAll('|', '\\|')
    .replaceAll(/docs\/([\w-]+)\.md/g, '[$1]($1.md)');
}

function inOneLine(comment: Parameters<typeof ts.getTextOfJSDocComment>[0]): string {
  return (ts.getTextOfJSDocComment(comment) ?? '').replaceAll(/\s+/g, ' ').trim();
}
