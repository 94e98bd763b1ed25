import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { isUniqueViolation } from '../database/database.errors.js';
import { LimitsService, type Letter } from '../limits/limits.service.js';
import { LettersService } from '../mail/letters.service.js';
import { MailService } from '../mail/mail.service.js';
import { NoticesService } from '../mail/notices.service.js';
import { OneTimeTokensService } from '../tokens/one-time-tokens.service.js';
import { EmailTaken } from '../users/users.errors.js';
import { UsersService } from '../users/users.service.js';
import type { ChangeEmail } from './email.dto.js';
import { WrongPassword } from './auth.errors.js';
import { CurrentPasswordService } from './current-password.service.js';
import { StepUpService } from './step-up.service.js';

const PURPOSE = 'email_change';
const WITHIN_MS = 30 * 60_000;

/** Gives an account another address: once the new one was proved, and never without telling the old one. */
@Injectable()
export class EmailChangeService {
  constructor(
    private readonly users: UsersService,
    private readonly currentPassword: CurrentPasswordService,
    private readonly steppingUp: StepUpService,
    private readonly oneTimeTokens: OneTimeTokensService,
    private readonly mail: MailService,
    private readonly letters: LettersService,
    private readonly notices: NoticesService,
    private readonly audit: AuditService,
    private readonly limits: LimitsService,
  ) {}

  /**
   * Has a link sent to the new address. One that is taken is answered the same, and its owner is told.
   * @throws MailOff, InsufficientUserAuthentication, WrongPassword, TooManyRequests, Overloaded
   */
  async request({ email, currentPassword }: ChangeEmail, actor: Actor): Promise<void> {
    this.mail.refuseWhenOff();
    await this.steppingUp.refuseStale(actor.principal!);
    const { user } = await this.users.get(actor.principal!.id);
    await this.currentPassword.check(user, currentPassword, actor);
    const soonest = this.mail.soonestAnswer();
    // Before the answer, so that a password that is changed from now on ends what was asked for with the old one.
    const token = await this.oneTimeTokens.issue(
      { purpose: PURPOSE, userId: user.id, boundTo: email, ttlMs: WITHIN_MS },
      this.users.unchanged(user),
    );
    if (!token) throw new WrongPassword();
    await this.audit.record(
      { action: 'user.email_change_requested', target: { kind: 'user', id: user.id } },
      actor,
    );
    const owner = await this.users.findByEmail(email);
    const mayWrite = (letter: Letter) => this.limits.mayWriteTo(email, letter);
    if (owner && owner.user.id !== user.id)
      this.notices.tell('address_in_use', email, actor, () => mayWrite('address_in_use'));
    else
      this.mail.later(email, async () =>
        (await mayWrite('email_change')) ? this.letters.emailChange(email, token) : undefined,
      );
    await soonest;
  }

  /**
   * Changes the address; whatever was sent to the old one is void.
   * @throws InvalidOneTimeToken, EmailTaken
   */
  async confirm(token: string, actor: Actor): Promise<void> {
    const found = await this.oneTimeTokens.find(token, PURPOSE);
    const before = await this.users.get(found.userId);
    const { id } = before.user;
    try {
      await this.oneTimeTokens.use(found, [
        this.users.changingEmail(before.user, found.boundTo),
        this.oneTimeTokens.endingAllOf(id),
        this.audit.event({ action: 'user.email_changed', target: { kind: 'user', id }, by: id }, actor),
      ]);
    } catch (error) {
      if (isUniqueViolation(error)) throw new EmailTaken();
      throw error;
    }
    this.notices.tell('email_changed', before.user.email, actor);
  }
}
