import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { LOCALE_TAGS } from '../texts/locales.js';
import { TextSet } from '../texts/text-set.js';
import type { Speak } from '../texts/texts.types.js';
import type en from './texts/en.json';

/** The name of a text of letters. */
export type LetterKey = keyof typeof en;

/** The texts of the letters in each language. */
@Injectable()
export class LetterTexts {
  private readonly texts: TextSet<LetterKey>;

  /** @throws StartupError for files of `WEB_TEXTS` that cannot be read, with a line for each thing that is wrong */
  constructor(settings: Settings) {
    this.texts = new TextSet(new URL('./texts/', import.meta.url), 'letter.', settings);
  }

  /** The languages that letters are written in. */
  readonly locales: readonly string[] = LOCALE_TAGS;

  /** English for a language that there is not, such as one that an older version spoke. */
  in(locale: string | null | undefined): { speak: Speak<LetterKey>; locale: string } {
    const known = this.locales.find((each) => each === locale) ?? 'en';
    return { speak: this.texts.in(known), locale: known };
  }
}
