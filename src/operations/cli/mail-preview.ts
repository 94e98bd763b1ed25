import type { INestApplicationContext } from '@nestjs/common';
import { LetterPreviews } from '../../platform/mail/letter-previews.service.js';
import { NotDone } from './cli.errors.js';
import type { Outcome } from './outcome.js';

/** Prints a letter as it is sent, with examples in it; without a name, which letters there are. */
export async function mailPreview(
  app: INestApplicationContext,
  name: string | undefined,
  { html = false, locale = 'en' }: { html?: boolean; locale?: string },
): Promise<Outcome> {
  const previews = app.get(LetterPreviews);
  if (name === undefined) return { lines: previews.names, data: previews.names };
  if (!previews.locales.includes(locale))
    throw new NotDone(`letters are not written in ${locale}; there are ${previews.locales.join(', ')}`);
  const preview = previews.preview(name, 'ada@example.com', locale);
  if (!preview) throw new NotDone(`there is no letter ${name}; there are ${previews.names.join(', ')}`);
  const lines = html ? [preview.html] : [preview.subject, '', ...preview.text.trimEnd().split('\n')];
  return { data: preview, lines };
}
