import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import type { Letter } from './letter.js';

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
