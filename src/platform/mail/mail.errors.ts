import { Problem } from '../http/problem.js';

/** What a mail transport throws when it will never take this letter, so that it is not tried again. */
export class LetterRefused extends Error {}

/** In production without `SMTP_URL`: what cannot be done without mail is not offered, as if there were no such route. */
export class MailOff extends Problem {
  constructor() {
    super(404, 'mail_off', 'This server sends no mail; its operator has to set SMTP_URL.');
  }
}
