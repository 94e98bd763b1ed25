import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Settings } from '../../platform/config/settings.js';
import { LettersService } from '../../platform/mail/letters.service.js';
import type { ToWrite } from '../../platform/mail/mail-delivery.service.js';
import { MailService } from '../../platform/mail/mail.service.js';
import { OneTimeTokensService } from '../../tokens/one-time-tokens/one-time-tokens.service.js';
import { guardUnchanged, letterLocale, type User } from './user.entity.js';
import { UsersService } from './users.service.js';

/** What the token of the link is good for; see `AddressProofService`. */
export const EMAIL_VERIFICATION = 'email_verification';
const WITHIN_MS = 24 * 3_600_000;

/** Has the link sent that proves an address. */
@Injectable()
export class EmailVerificationService {
  constructor(
    private readonly settings: Settings,
    private readonly users: UsersService,
    private readonly mail: MailService,
    private readonly letters: LettersService,
    private readonly oneTimeTokens: OneTimeTokensService,
    private readonly audit: AuditService,
  ) {
    mail.writes(EMAIL_VERIFICATION, {
      write: ([{ to, detail }]) => this.letter(to, detail),
    });
  }

  /** Whether the account may not be used yet, because of `REQUIRE_VERIFIED_EMAIL`. */
  isMissing({ emailVerifiedAt }: Pick<User, 'emailVerifiedAt'>): boolean {
    return this.settings.REQUIRE_VERIFIED_EMAIL === 'on' && emailVerifiedAt === null;
  }

  /** Whether the address may be another person's (account pre-hijacking): not proved, though it could have been. */
  isInDoubt({ kind, emailVerifiedAt }: Pick<User, 'kind' | 'emailVerifiedAt'>): boolean {
    const couldBeProved = this.mail.isOn || this.settings.REQUIRE_VERIFIED_EMAIL === 'on';
    return couldBeProved && kind === 'person' && emailVerifiedAt === null;
  }

  /** Has a link sent to the owner, unless the address is proved by then, or was written to too often. */
  async send({ id, email }: Pick<User, 'id' | 'email'>, actor: Actor): Promise<void> {
    await this.mail.later(EMAIL_VERIFICATION, email, { userId: id }, actor);
  }

  /** Has another link sent. Whether there is an account, and a need, makes no difference that could be seen. */
  async sendAgain(email: string, actor: Actor): Promise<void> {
    this.mail.refuseWhenOff();
    const soonest = this.mail.soonestAnswer();
    const found = await this.users.findByEmail(email);
    const target = found && { kind: 'user', id: found.user.id };
    await this.audit.record({ action: 'user.verification_requested', ...(target && { target }) }, actor);
    const detail = found?.user.kind === 'person' ? { userId: found.user.id } : null;
    await this.mail.later(EMAIL_VERIFICATION, email, detail, actor);
    await soonest;
  }

  private async letter(email: string, { userId, locale: asked }: ToWrite['detail']) {
    const found = await this.users.findById(String(userId));
    if (!found || found.user.email !== email || found.user.emailVerifiedAt !== null) return undefined;
    const token = await this.oneTimeTokens.issue(
      { purpose: EMAIL_VERIFICATION, userId: found.user.id, boundTo: email, ttlMs: WITHIN_MS },
      guardUnchanged(found.user),
    );
    const locale = letterLocale(found.user, asked);
    return token && this.letters.verification({ to: email, locale }, token);
  }
}
