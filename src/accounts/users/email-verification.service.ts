import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { Settings } from '../config/settings.js';
import { LimitsService } from '../limits/limits.service.js';
import { LettersService } from '../mail/letters.service.js';
import { MailService } from '../mail/mail.service.js';
import { OneTimeTokensService } from '../tokens/one-time-tokens.service.js';
import type { User } from './user.entity.js';
import { UsersService } from './users.service.js';

const PURPOSE = 'email_verification';
const WITHIN_MS = 24 * 3_600_000;

/** Proves that whoever has an account reads the mail of its address. */
@Injectable()
export class EmailVerificationService {
  constructor(
    private readonly settings: Settings,
    private readonly users: UsersService,
    private readonly mail: MailService,
    private readonly letters: LettersService,
    private readonly oneTimeTokens: OneTimeTokensService,
    private readonly audit: AuditService,
    private readonly limits: LimitsService,
  ) {}

  /** Whether the account may not be used yet, because of `REQUIRE_VERIFIED_EMAIL`. */
  isMissing({ emailVerifiedAt }: Pick<User, 'emailVerifiedAt'>): boolean {
    return this.settings.REQUIRE_VERIFIED_EMAIL === 'on' && emailVerifiedAt === null;
  }

  /** Has a link sent to the owner, unless the address is proved, or was written to too often. */
  send({ id, email }: Pick<User, 'id' | 'email'>): void {
    this.mail.later(email, async () => {
      const found = await this.users.findById(id);
      if (!found || found.user.email !== email || found.user.emailVerifiedAt !== null) return undefined;
      // Before a token is made, which would void the link that was sent last.
      if (!(await this.limits.mayWriteTo(email, 'verification'))) return undefined;
      const token = await this.oneTimeTokens.issue(
        { purpose: PURPOSE, userId: id, boundTo: email, ttlMs: WITHIN_MS },
        this.users.unchanged(found.user),
      );
      return token && this.letters.verification(email, token);
    });
  }

  /** Has another link sent. Whether there is an account, and a need, makes no difference that could be seen. */
  async sendAgain(email: string, actor: Actor): Promise<void> {
    this.mail.refuseWhenOff();
    const soonest = this.mail.soonestAnswer();
    const found = await this.users.findByEmail(email);
    const target = found && { kind: 'user', id: found.user.id };
    await this.audit.record({ action: 'user.verification_requested', ...(target && { target }) }, actor);
    if (found?.user.kind === 'person') this.send(found.user);
    await soonest;
  }

  /** @throws InvalidOneTimeToken */
  async confirm(token: string, actor: Actor): Promise<void> {
    const found = await this.oneTimeTokens.find(token, PURPOSE);
    const id = found.userId;
    await this.oneTimeTokens.use(found, [
      this.users.provingEmail(id, found.boundTo),
      this.audit.event({ action: 'user.email_verified', target: { kind: 'user', id }, by: id }, actor),
    ]);
  }
}
