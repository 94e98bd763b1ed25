import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { Settings } from '../config/settings.js';
import { deviceName } from './device-name.js';
import { MailService } from './mail.service.js';

const NOT_YOU = 'If this was not you, reset your password now: that ends every session.';

/** What people are told of (ASVS 6.3.5, 6.3.7), and what they can do if it was somebody else. */
const NOTICES = {
  new_device: { subject: 'New sign-in', happened: 'Somebody signed in to your account.', mend: NOT_YOU },
  password_changed: {
    subject: 'Password changed',
    happened: 'The password of your account was changed, and its other sessions have ended.',
    mend: NOT_YOU,
  },
  second_factor_added: {
    subject: 'Second factor added',
    happened: 'Your account has a second factor now. Logging in asks for it.',
    mend: NOT_YOU,
  },
  second_factor_removed: {
    subject: 'Second factor removed',
    happened: 'A second factor of your account was removed.',
    mend: NOT_YOU,
  },
  second_factors_removed: {
    subject: 'Second factors removed',
    happened: 'An administrator removed all second factors of your account. Its password alone opens it now.',
    mend: 'If you did not ask for this, write to whoever runs this service at once.',
  },
  recovery_codes_made: {
    subject: 'New recovery codes',
    happened: 'Your account has new recovery codes. Those from before no longer work.',
    mend: NOT_YOU,
  },
  recovery_code_used: {
    subject: 'Recovery code used',
    happened: 'A recovery code of your account was used. It does not work again.',
    mend: NOT_YOU,
  },
  api_key_made: {
    subject: 'New API key',
    happened: 'An API key was made for your account.',
    mend: 'If this was not you, reset your password now, then revoke the key: it works until then.',
  },
  email_changed: {
    subject: 'E-mail address changed',
    happened: 'Your account has another e-mail address now. This one no longer belongs to it.',
    mend: 'If this was not you, write to whoever runs this service at once.',
  },
  account_deleted: {
    subject: 'Account deleted',
    happened: 'Your account was deleted, with everything that belonged to it.',
    mend: 'If this was not you, write to whoever runs this service.',
  },
  address_in_use: {
    subject: 'You have an account already',
    happened: 'Somebody wanted to use your e-mail address for an account, but there is one with it already.',
    mend:
      'If this was you, log in, or reset your password if you do not know it; that proves your address too. ' +
      'If it was not, you need not do anything.',
  },
} satisfies Record<string, { subject: string; happened: string; mend: string }>;

export type Notice = keyof typeof NOTICES;

/** Tells people by mail what happened to their account. A new notice is a row in the table. */
@Injectable()
export class NoticesService {
  constructor(
    private readonly settings: Settings,
    private readonly mail: MailService,
  ) {}

  /** Has a notice sent. `isDue`, where given, is asked behind the back of the request. */
  tell(notice: Notice, to: string, actor: Actor, isDue?: () => Promise<boolean>): void {
    const at = new Date().toISOString();
    this.mail.later(to, async () => {
      if (isDue && !(await isDue())) return undefined;
      const { subject, happened, mend } = NOTICES[notice];
      const { APP_NAME } = this.settings;
      const where = `When: ${at}\nFrom: ${deviceName(actor.userAgent)}, ${actor.ip ?? 'address unknown'}`;
      return { to, subject: `${APP_NAME}: ${subject}`, before: [happened, where, mend] };
    });
  }
}
