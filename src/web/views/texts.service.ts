import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Settings } from '../../platform/config/settings.js';
import { wantedLanguages } from '../../platform/http/wanted-languages.js';
import { bestLocale, LOCALES, PSEUDO_LOCALES, type Locale } from '../../platform/texts/locales.js';
import { TextSet } from '../../platform/texts/text-set.js';
import type { TextForms } from '../../platform/texts/texts.types.js';
import type { TextKey, Translate } from './texts.types.js';

/** The texts of the pages in each language. */
@Injectable()
export class TextsService {
  readonly locales: readonly Locale[];
  private readonly texts: TextSet<TextKey>;

  /** @throws StartupError for files of `WEB_TEXTS` that cannot be read, with a line for each thing that is wrong */
  constructor(settings: Settings) {
    this.texts = new TextSet(new URL('./texts/', import.meta.url), '', settings);
    this.locales = settings.NODE_ENV === 'test' ? [...LOCALES, ...PSEUDO_LOCALES] : LOCALES;
  }

  /** The language that a request is answered in. */
  localeOf(request: FastifyRequest): Locale {
    return bestLocale(wantedLanguages(request), this.locales) ?? this.locales[0]!;
  }

  in({ tag }: Locale): Translate {
    return this.texts.in(tag);
  }

  /** The texts whose keys begin so, with their places, for a script that fills them in. */
  startingWith(prefix: string, { tag }: Locale): Record<string, TextForms> {
    const texts = Object.entries(this.texts.catalogue(tag));
    return Object.fromEntries(texts.filter(([key]) => key.startsWith(prefix)));
  }
}
