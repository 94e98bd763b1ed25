import { Injectable } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { MailService } from '../../platform/mail/mail.service.js';
import { EmailVerificationService } from '../../accounts/users/email-verification.service.js';
import { EmailTaken } from '../../accounts/users/users.errors.js';
import { ContestedSignUpsService } from './contested-sign-ups.service.js';
import type { SignUpRequest } from './auth.dto.js';
import { NewAccountsService } from '../../accounts/users/new-accounts.service.js';
import { TakenAddressesService } from './taken-addresses.service.js';

/** No answer comes sooner. An account takes a few statements more to make than to find. */
const ANSWER_AFTER_MS = 250;

/** Sign-up under `REQUIRE_VERIFIED_EMAIL`: it signs no user in, and no caller learns whether an address is taken. */
@Injectable()
export class SignUpByMailService {
  constructor(
    private readonly accounts: NewAccountsService,
    private readonly contested: ContestedSignUpsService,
    private readonly taken: TakenAddressesService,
    private readonly verification: EmailVerificationService,
    private readonly mail: MailService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Makes an account that waits for its address to be proved; where there is one already, its owner is told.
   * @throws MailOff, WeakPassword, Overloaded
   */
  async signUp({ email, password, name = null }: SignUpRequest, actor: Actor): Promise<void> {
    this.mail.refuseWhenOff();
    const soonest = setTimeout(ANSWER_AFTER_MS);
    try {
      await this.contested.signUp({ email, password, name }, actor, (hash) =>
        this.make(email, name, hash, actor),
      );
    } catch (error) {
      if (!(error instanceof EmailTaken)) throw error;
      await this.taken.answer(email, actor);
    }
    await soonest;
  }

  private async make(email: string, name: string | null, passwordHash: string, actor: Actor): Promise<void> {
    const draft = this.accounts.draft(email, { name, passwordHash, locale: actor.locale });
    const { id } = draft.user;
    const event = this.audit.event({ action: 'user.signed_up', target: { kind: 'user', id }, by: id }, actor);
    await this.accounts.make([...draft.statements, event]);
    await this.verification.send(draft.user, actor);
  }
}
