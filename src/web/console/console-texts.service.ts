import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { Settings } from '../../platform/config/settings.js';
import type { Locale } from '../../platform/texts/locales.js';
import { TextSet } from '../../platform/texts/text-set.js';
import type en from './texts/en.json';

/** A file of texts as it is served. */
export interface ConsoleTexts {
  url: string;
  bytes: Buffer;
  zipped: Buffer;
}

/** The texts of the console: one file a language, made when it is first asked for. */
@Injectable()
export class ConsoleTextsService {
  private readonly texts: TextSet<keyof typeof en>;
  private readonly made = new Map<string, ConsoleTexts>();

  /** @throws StartupError for files of `WEB_TEXTS` that cannot be read, with a line for each thing that is wrong */
  constructor(settings: Settings) {
    this.texts = new TextSet(new URL('./texts/', import.meta.url), 'console.', settings);
  }

  in({ tag }: Locale): ConsoleTexts {
    const found = this.made.get(tag) ?? this.make(tag);
    this.made.set(tag, found);
    return found;
  }

  /** @param url as {@link in} gives it; `undefined` for an older version of the texts */
  find(url: string, locales: readonly Locale[]): ConsoleTexts | undefined {
    const locale = locales.find(({ tag }) => url.startsWith(`/console/texts/${tag}.`));
    const found = locale && this.in(locale);
    return found?.url === url ? found : undefined;
  }

  private make(tag: string): ConsoleTexts {
    const bytes = Buffer.from(JSON.stringify(this.texts.catalogue(tag)));
    const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 8);
    return { url: `/console/texts/${tag}.${hash}.json`, bytes, zipped: gzipSync(bytes, { level: 9 }) };
  }
}
