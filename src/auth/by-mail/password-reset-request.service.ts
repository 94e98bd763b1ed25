import { Injectable } from '@nestjs/common';
import { guardUnchanged, letterLocale, type User } from '../../accounts/users/user.entity.js';
import { UsersService } from '../../accounts/users/users.service.js';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { LettersService } from '../../platform/mail/letters.service.js';
import type { ToWrite } from '../../platform/mail/mail-delivery.service.js';
import { MailService } from '../../platform/mail/mail.service.js';
import { OneTimeTokensService } from '../../tokens/one-time-tokens/one-time-tokens.service.js';

/** What the token of the link is good for; see `PasswordResetService`. */
export const PASSWORD_RESET = 'password_reset';
const WITHIN_MS = 30 * 60_000;

/** Has the link sent with which another password is chosen. */
@Injectable()
export class PasswordResetRequestService {
  constructor(
    private readonly users: UsersService,
    private readonly oneTimeTokens: OneTimeTokensService,
    private readonly mail: MailService,
    private readonly letters: LettersService,
    private readonly audit: AuditService,
  ) {
    mail.writes(PASSWORD_RESET, { write: ([{ to, detail }]) => this.letter(to, detail) });
  }

  /**
   * Has a link sent to the address as it is stored. Whether there is an account makes no difference that could be seen:
   * the same statements run, no answer comes before its time, and its effects come later.
   * @throws MailOff
   */
  async request(email: string, actor: Actor): Promise<void> {
    this.mail.refuseWhenOff();
    const soonest = this.mail.soonestAnswer();
    const found = await this.users.findByEmail(email);
    const target = found && { kind: 'user', id: found.user.id };
    await this.audit.record({ action: 'user.password_reset_requested', ...(target && { target }) }, actor);
    const detail = found?.user.kind === 'person' ? { userId: found.user.id } : null;
    await this.mail.later(PASSWORD_RESET, email, detail, actor);
    await soonest;
  }

  /** Has a link sent to the owner of an account. */
  async send({ id, email }: Pick<User, 'id' | 'email'>, actor: Actor): Promise<void> {
    await this.mail.later(PASSWORD_RESET, email, { userId: id }, actor);
  }

  private async letter(email: string, { userId, locale: asked }: ToWrite['detail']) {
    const found = await this.users.findById(String(userId));
    if (found?.user.email !== email) return undefined;
    const token = await this.oneTimeTokens.issue(
      { purpose: PASSWORD_RESET, userId: found.user.id, boundTo: email, ttlMs: WITHIN_MS },
      guardUnchanged(found.user),
    );
    const locale = letterLocale(found.user, asked);
    return token && this.letters.passwordReset({ to: email, locale }, token);
  }
}
