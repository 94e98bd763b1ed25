import { Injectable } from '@nestjs/common';
import { guardUnchanged, letterLocale } from '../../accounts/users/user.entity.js';
import { UsersService } from '../../accounts/users/users.service.js';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { LettersService } from '../../platform/mail/letters.service.js';
import type { ToWrite } from '../../platform/mail/mail-delivery.service.js';
import { MailService } from '../../platform/mail/mail.service.js';
import { NoticesService } from '../../platform/mail/notices.service.js';
import { OneTimeTokensService } from '../../tokens/one-time-tokens/one-time-tokens.service.js';
import { WrongPassword } from '../issuing/auth.errors.js';
import { StepUpService } from '../step-up/step-up.service.js';
import type { ChangeEmail } from './email.dto.js';

/** What the token of the link is good for; see `EmailChangeService`. */
export const EMAIL_CHANGE = 'email_change';
const WITHIN_MS = 30 * 60_000;

/** Has the link sent that proves the address which an account is to have. */
@Injectable()
export class EmailChangeRequestService {
  constructor(
    private readonly users: UsersService,
    private readonly steppingUp: StepUpService,
    private readonly oneTimeTokens: OneTimeTokensService,
    private readonly mail: MailService,
    private readonly letters: LettersService,
    private readonly notices: NoticesService,
    private readonly audit: AuditService,
  ) {
    mail.writes(EMAIL_CHANGE, { write: ([{ to, detail }]) => this.letter(to, detail) });
  }

  /**
   * Has a link sent to the new address. One that is taken is answered the same, and its owner is told.
   * @throws MailOff, InsufficientUserAuthentication, WrongPassword, TooManyRequests, Overloaded
   */
  async request({ email, currentPassword }: ChangeEmail, actor: Actor): Promise<void> {
    this.mail.refuseWhenOff();
    const user = await this.steppingUp.proveOwner(currentPassword, actor);
    const soonest = this.mail.soonestAnswer();
    // Before the answer, so that a password that is changed from now on ends what was asked for with the old one.
    const isIssued = await this.oneTimeTokens.issue(
      { purpose: EMAIL_CHANGE, userId: user.id, boundTo: email, ttlMs: WITHIN_MS },
      guardUnchanged(user),
    );
    if (!isIssued) throw new WrongPassword();
    await this.audit.record(
      { action: 'user.email_change_requested', target: { kind: 'user', id: user.id } },
      actor,
    );
    const owner = await this.users.findByEmail(email);
    if (owner && owner.user.id !== user.id) await this.notices.tell('address_in_use', owner.user, actor);
    else {
      const detail = { userId: user.id, locale: letterLocale(user, actor.locale) };
      await this.mail.later(EMAIL_CHANGE, email, detail, actor);
    }
    await soonest;
  }

  /** Replaces the token that was issued with the request and never sent, if it is still good. */
  private async letter(to: string, { userId, locale }: ToWrite['detail']) {
    const token = await this.oneTimeTokens.renew({
      purpose: EMAIL_CHANGE,
      userId: String(userId),
      boundTo: to,
    });
    return token && this.letters.emailChange({ to, locale }, token);
  }
}
