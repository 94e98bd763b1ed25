import { Injectable } from '@nestjs/common';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { Settings } from '../config/settings.js';
import { LetterTexts } from './letter-texts.service.js';
import { LetterView, type LetterBrand } from './letter.view.js';
import type { Letter } from './mail.types.js';

const PLAIN: LetterBrand = { name: '', color: '#0b6e4f' };
/** In the place of a token; it opens nothing. */
const EXAMPLE_TOKEN = 'EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE-EXA';
/** The letters with a link in them, and what their tokens are known by in the fragment of it. */
const LINKED = { email_verification: 'v', email_change: 'c', password_reset: 'r' } as const;
type Linked = keyof typeof LINKED;

/** Whom a letter is for. */
export interface Recipient {
  to: string;
  /** The language that it is written in, English where it is not known. */
  locale: string | null | undefined;
}

/** The letters with a link in them. Where it leads comes from `PUBLIC_URL` alone, never from the host that a request names. */
@Injectable()
export class LettersService {
  constructor(
    private readonly settings: Settings,
    private readonly texts: LetterTexts,
  ) {}

  /** What {@link example} knows. */
  readonly exampleNames: string[] = Object.keys(LINKED);

  /** A letter with a link that opens nothing; `undefined` where there is none of this name. */
  example(name: string, to: Recipient): Letter | undefined {
    return Object.hasOwn(LINKED, name) ? this.linked(name as Linked, to, EXAMPLE_TOKEN) : undefined;
  }

  /** To prove the address of an account. A stranger may have made it, in the hope that the owner of the address proves it. */
  verification(to: Recipient, token: string): Letter {
    return this.linked('email_verification', to, token);
  }

  /** To prove an address that is to take the place of another. */
  emailChange(to: Recipient, token: string): Letter {
    return this.linked('email_change', to, token);
  }

  /** To choose another password. */
  passwordReset(to: Recipient, token: string): Letter {
    return this.linked('password_reset', to, token);
  }

  private linked(name: Linked, { to, locale: wanted }: Recipient, token: string): Letter {
    const { speak, locale } = this.texts.in(wanted);
    const app = this.settings.APP_NAME;
    return {
      to,
      locale,
      subject: `${app}: ${speak(`${name}.subject`)}`,
      before: paragraphsOf(speak(`${name}.before`, { app })),
      link: { label: speak(`${name}.link`), url: this.url(LINKED[name], token) },
      after: paragraphsOf(speak(`${name}.after`)),
    };
  }

  /**
   * In the fragment, which browsers never send: neither a log nor a Referer gets to hold the token. Short, so that
   * the line stays whole in the mail.
   */
  private url(purpose: (typeof LINKED)[Linked], token: string): string {
    return `${this.settings.PUBLIC_URL}/account#${purpose}.${token}`;
  }
}

/** The paragraphs of a text, which stand apart by an empty line. */
export function paragraphsOf(text: string): string[] {
  return text.split(/\n{2,}/);
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
export function asHtml(letter: Letter, brand: LetterBrand = PLAIN): string {
  return `<!doctype html>\n${renderToString(h(LetterView, { letter, brand }))}\n`;
}

/** What letters look like, by the settings. */
export function brandOf({ APP_NAME, BRAND_NAME, BRAND_COLOR }: Settings): LetterBrand {
  return { name: BRAND_NAME || APP_NAME, color: BRAND_COLOR };
}

function wrapped(text: string): string {
  return text.replaceAll(/(?![^\n]{1,72}$)([^\n]{1,72})[ ]/gm, '$1\n');
}
