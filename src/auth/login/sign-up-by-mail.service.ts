import { Injectable } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { LimitsService } from '../limits/limits.service.js';
import { MailService } from '../mail/mail.service.js';
import { NoticesService } from '../mail/notices.service.js';
import { EmailVerificationService } from '../users/email-verification.service.js';
import { PasswordsService } from '../users/passwords.service.js';
import { EmailTaken } from '../users/users.errors.js';
import { UsersService } from '../users/users.service.js';
import type { SignUpRequest } from './auth.dto.js';

/** No answer comes sooner. An account takes a few statements more to make than to find. */
const ANSWER_AFTER_MS = 250;

/** Sign-up under `REQUIRE_VERIFIED_EMAIL`: nobody is signed in by it, and nobody learns whether an address is taken. */
@Injectable()
export class SignUpByMailService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly verification: EmailVerificationService,
    private readonly mail: MailService,
    private readonly notices: NoticesService,
    private readonly audit: AuditService,
    private readonly limits: LimitsService,
  ) {}

  /**
   * Makes an account that waits for its address to be proved; where there is one already, its owner is told.
   * @throws MailOff, WeakPassword, Overloaded
   */
  async signUp({ email, password, name = null }: SignUpRequest, actor: Actor): Promise<void> {
    this.mail.refuseWhenOff();
    await this.passwords.refuseWeak(password, { email, name });
    const soonest = setTimeout(ANSWER_AFTER_MS);
    const draft = this.users.draft(email, name, await this.passwords.hash(password, actor));
    const { id } = draft.user;
    const event = this.audit.event({ action: 'user.signed_up', target: { kind: 'user', id }, by: id }, actor);
    try {
      await this.users.make([...draft.statements, event]);
      this.verification.send(draft.user);
    } catch (error) {
      if (!(error instanceof EmailTaken)) throw error;
      await this.audit.record({ action: 'user.sign_up_refused', detail: { reason: 'email_taken' } }, actor);
      this.notices.tell('address_in_use', email, actor, () =>
        this.limits.mayWriteTo(email, 'address_in_use'),
      );
    }
    await soonest;
  }
}
