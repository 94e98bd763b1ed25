import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { UnexpectedCount } from '../database/database.service.js';
import { NotFound } from '../http/http.errors.js';
import { AttemptsService } from '../limits/attempts.service.js';
import { SecondFactorsService, type SecondFactorAnswer } from '../factors/second-factors.service.js';
import { LettersService } from '../mail/letters.service.js';
import { MailService } from '../mail/mail.service.js';
import { NoticesService } from '../mail/notices.service.js';
import { OneTimeTokensService } from '../tokens/one-time-tokens.service.js';
import { RevocationsService } from '../tokens/revocations.service.js';
import { PasswordsService } from '../users/passwords.service.js';
import type { User } from '../users/user.entity.js';
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
   * the same statements run, no answer comes before its time, and whatever comes of it comes later.
   * @throws MailOff
   */
  async request(email: string, actor: Actor): Promise<void> {
    this.mail.refuseWhenOff();
    const soonest = this.mail.soonestAnswer();
    const found = await this.users.findByEmail(email);
    const target = found && { kind: 'user', id: found.user.id };
    await this.audit.record({ action: 'user.password_reset_requested', ...(target && { target }) }, actor);
    if (found?.user.kind === 'person') this.send(found.user.id, found.user.email);
    await soonest;
  }

  /**
   * Sets the password and ends every session, every login that waits for a second factor, and every other token that
   * was sent out. Nobody is signed in by it. Who has a second factor needs it here too, or whoever reads their mail would
   * have the account; unless nobody has proved the address before: then factors and API keys go, for a stranger may have
   * made them.
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
    const passwordHash = await this.passwords.hash(password, actor);
    await this.oneTimeTokens.use(found, [
      this.revocations.raiseVersion(),
      this.users.resettingPassword(user, email, passwordHash),
      ...(proof?.statements ?? []),
      ...(isFirstProof ? this.users.evictingFrom(id) : this.users.endingSignInsOf(id)),
      ...this.attempts.forgetting('login', email),
      this.audit.event({ action: 'user.password_reset', target: { kind: 'user', id }, by: id }, actor),
    ]);
    if (proof?.notice) this.notices.tell(proof.notice, email, actor);
    this.notices.tell('password_changed', email, actor);
  }

  /**
   * Sets the password of somebody who is locked out, on the operator's word: no mail is read, no factor asked for. Ends
   * what a reset ends, and the second factors when `withFactors`. Gives the number of sessions.
   * @throws WeakPassword, NotFound, Overloaded
   */
  async resetByOperator(user: User, password: string, withFactors: boolean, actor: Actor): Promise<number> {
    const { id, email } = user;
    await this.passwords.refuseWeak(password, user);
    const passwordHash = await this.passwords.hash(password, actor);
    const event = (action: string) => this.audit.event({ action, target: { kind: 'user', id } }, actor);
    try {
      const [, ended] = await this.revocations.commit([
        this.users.settingPassword(id, passwordHash),
        ...this.users.endingSignInsOf(id),
        ...this.attempts.forgetting('login', email),
        event('user.password_reset'),
        ...(withFactors ? [...this.factors.removing(id), event('user.factors_removed')] : []),
      ]);
      this.notices.tell('password_changed', email, actor);
      if (withFactors) this.notices.tell('second_factors_removed', email, actor);
      return ended!.affected;
    } catch (error) {
      if (error instanceof UnexpectedCount) throw new NotFound('There is no such person.');
      throw error;
    }
  }

  private send(id: string, email: string): void {
    this.mail.later(email, async () => {
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
