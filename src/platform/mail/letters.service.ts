import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';

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

/** The letters with a link in them. Where it leads comes from `PUBLIC_URL` alone, whatever host a request names. */
@Injectable()
export class LettersService {
  constructor(private readonly settings: Settings) {}

  /** To prove the address of an account. */
  verification(to: string, token: string): Letter {
    return {
      to,
      subject: this.subject('confirm your e-mail address'),
      before: [`Somebody made an account with this address at ${this.settings.APP_NAME}.`],
      link: { label: 'If it was you, confirm the address', url: this.url('v', token) },
      after: [
        'The link works once, within a day.',
        // A stranger may have made it, in the hope that the owner of the address comes along and proves it.
        'If it was not you, do not open the link: whoever made the account knows its password. ' +
          'If you want the account for yourself, reset its password instead.',
      ],
    };
  }

  /** To prove an address that is to take the place of another. */
  emailChange(to: string, token: string): Letter {
    return {
      to,
      subject: this.subject('confirm your new e-mail address'),
      before: [`Somebody wants to use this address for their account at ${this.settings.APP_NAME}.`],
      link: { label: 'If it was you, confirm the address', url: this.url('c', token) },
      after: [
        'The link works once, within 30 minutes. Until then the account keeps the address that it has.',
        'If it was not you, do not open the link. Nothing changes then.',
      ],
    };
  }

  /** To choose another password. */
  passwordReset(to: string, token: string): Letter {
    return {
      to,
      subject: this.subject('reset your password'),
      before: [`Somebody wants to reset the password of your account at ${this.settings.APP_NAME}.`],
      link: { label: 'If it was you, choose a new password', url: this.url('r', token) },
      after: [
        'The link works once, within 30 minutes. The new password ends every session of the account.',
        'If it was not you, do not open the link. Nothing changes then.',
      ],
    };
  }

  private subject(text: string): string {
    return `${this.settings.APP_NAME}: ${text}`;
  }

  /**
   * In the fragment, which browsers send to nobody: neither a log nor a Referer gets to hold the token. Short, so that
   * the line stays whole in the mail.
   */
  private url(purpose: 'v' | 'c' | 'r', token: string): string {
    return `${this.settings.PUBLIC_URL}/account#${purpose}.${token}`;
  }
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
