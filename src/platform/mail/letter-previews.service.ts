import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { Settings } from '../config/settings.js';
import { LetterTexts } from './letter-texts.service.js';
import { asHtml, asText, brandOf, LettersService, type Recipient } from './letters.service.js';
import { MailService } from './mail.service.js';
import type { Letter } from './mail.types.js';
import { NoticesService } from './notices.service.js';

/** A letter as it is sent, with a token that opens nothing. */
export interface Preview {
  name: string;
  locale: string;
  subject: string;
  text: string;
  html: string;
}

const TEST = 'test';

/** Every letter that is written here, with examples in it. */
@Injectable()
export class LetterPreviews {
  constructor(
    private readonly settings: Settings,
    private readonly mail: MailService,
    private readonly letters: LettersService,
    private readonly notices: NoticesService,
    private readonly texts: LetterTexts,
  ) {
    mail.writes(TEST, {
      write: async ([{ to, detail }]) =>
        this.letter(String(detail['letter']), { to, locale: String(detail['locale']) }),
    });
  }

  /** The languages that each is written in. */
  get locales(): readonly string[] {
    return this.texts.locales;
  }

  /** Their names, sorted. */
  get names(): string[] {
    return [...this.letters.exampleNames, ...this.notices.names].toSorted();
  }

  /** A letter as text and as HTML; `undefined` where there is none of this name. */
  preview(name: string, to: string, locale = 'en'): Preview | undefined {
    const letter = this.letter(name, { to, locale });
    if (!letter) return undefined;
    return {
      name,
      locale,
      subject: letter.subject,
      text: asText(letter),
      html: asHtml(letter, brandOf(this.settings)),
    };
  }

  /** Sends one to an address; resolves once it is kept. @throws MailOff */
  async send(name: string, to: string, actor: Actor, locale = 'en'): Promise<void> {
    this.mail.refuseWhenOff();
    await this.mail.later(TEST, to, { letter: name, locale }, actor);
  }

  private letter(name: string, to: Recipient): Letter | undefined {
    return this.letters.example(name, to) ?? this.notices.example(name, to);
  }
}
