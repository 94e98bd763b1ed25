/** A mail before it is written. Nothing that a stranger chose belongs into it, no name and no user agent. */
export interface Letter {
  /** As it is stored with the account, and never as a request spelled it. */
  to: string;
  subject: string;
  /** Paragraphs of plain text. */
  before: string[];
  link?: { label: string; url: string };
  after?: string[];
}

/**
 * A letter as plain text, in lines so short that it travels as it is: a file in the outbox can be read, and its link
 * copied, without a mail program.
 */
export function asText({ before, link, after = [] }: Letter): string {
  const paragraphs = [...before, ...(link ? [`${link.label}:\n${link.url}`] : []), ...after];
  return `${paragraphs.map(wrapped).join('\n\n')}\n`;
}

/** A letter as HTML, with everything in it escaped. */
export function asHtml({ subject, before, link, after = [] }: Letter): string {
  const paragraphs = (texts: string[]) => texts.map((text) => `<p>${escaped(text)}</p>`);
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escaped(subject)}</title></head><body>`,
    ...paragraphs(before),
    ...(link ? [`<p><a href="${escaped(link.url)}">${escaped(link.label)}</a></p>`] : []),
    ...paragraphs(after),
    '</body></html>',
    '',
  ].join('\n');
}

function wrapped(text: string): string {
  return text.replaceAll(/(?![^\n]{1,72}$)([^\n]{1,72})[ ]/gm, '$1\n');
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}
