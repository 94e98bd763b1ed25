import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { AttemptsService } from '../limits/attempts.service.js';
import { SecondFactorsService, type SecondFactorAnswer } from '../factors/second-factors.service.js';
import { LettersService } from '../mail/letters.service.js';
import { MailService } from '../mail/mail.service.js';
import { NoticesService } from '../mail/notices.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { OneTimeTokensService } from '../tokens/one-time-tokens.service.js';
import { RevocationsService } from '../tokens/revocations.service.js';
import { PasswordsService } from '../users/passwords.service.js';
import { UsersService } from '../users/users.service.js';

const PURPOSE = 'password_reset';
const WITHIN_MS = 30 * 60_000;

/** A new password for whoever reads the mail of the account's address. */
@Injectable()
export class PasswordResetService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly factors: SecondFactorsService,
    private readonly sessions: SessionsService,
    private readonly revocations: RevocationsService,
    private readonly oneTimeTokens: OneTimeTokensService,
    private readonly mail: MailService,
    private readonly letters: LettersService,
    private readonly notices: NoticesService,
    private readonly attempts: AttemptsService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Has a link sent to the address as it is stored. Whether there is an account makes no difference that could be seen:
   * the same statements run, and whatever comes of it comes later.
   * @throws MailOff
   */
  async request(email: string, actor: Actor): Promise<void> {
    this.mail.refuseWhenOff();
    const found = await this.users.findByEmail(email);
    const target = found && { kind: 'user', id: found.user.id };
    await this.audit.record({ action: 'user.password_reset_requested', ...(target && { target }) }, actor);
    if (found?.user.kind === 'person') this.send(found.user.id, found.user.email);
  }

  /**
   * Sets the password and ends every session, and every other token that was sent out. Nobody is signed in by it. Who
   * has a second factor needs it here too, or whoever reads their mail would have the account; unless nobody has proved
   * the address before: then factors and API keys go, for a stranger may have made them.
   * @throws InvalidOneTimeToken, WeakPassword, MfaRequired, WrongCode, Overloaded
   */
  async confirm(
    { token, password, ...answer }: { token: string; password: string } & SecondFactorAnswer,
    actor: Actor,
  ): Promise<void> {
    const found = await this.oneTimeTokens.find(token, PURPOSE);
    const { userId: id, boundTo: email } = found;
    const { user } = await this.users.get(id);
    await this.passwords.refuseWeak(password, user);
    // What was set up before anybody proved the address may be a stranger's, who must not keep its owner out.
    const isFirstProof = user.emailVerifiedAt === null;
    const methods = isFirstProof ? [] : await this.factors.methodsOf(id);
    const proof = methods.length > 0 ? await this.factors.prove(user, answer, methods, actor) : undefined;
    const passwordHash = await this.passwords.hash(password);
    await this.oneTimeTokens.use(found, [
      this.revocations.raiseVersion(),
      this.users.resettingPassword(user, email, passwordHash),
      ...(proof?.statements ?? []),
      ...(isFirstProof ? [...this.factors.removing(id), ...this.users.endingApiKeysOf(id)] : []),
      ...this.sessions.endingAllOf(id),
      this.oneTimeTokens.endingAllOf(id),
      ...this.attempts.forgetting('login', email),
      this.audit.event({ action: 'user.password_reset', target: { kind: 'user', id }, by: id }, actor),
    ]);
    if (proof?.notice) this.notices.tell(proof.notice, email, actor);
    this.notices.tell('password_changed', email, actor);
  }

  private send(id: string, email: string): void {
    this.mail.later(async () => {
      const found = await this.users.findById(id);
      if (found?.user.email !== email) return undefined;
      const token = await this.oneTimeTokens.issue(
        { purpose: PURPOSE, userId: id, boundTo: email, ttlMs: WITHIN_MS },
        this.users.unchanged(found.user),
      );
      return token && this.letters.passwordReset(email, token);
    });
  }
}
