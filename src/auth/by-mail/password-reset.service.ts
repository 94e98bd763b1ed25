import { Injectable } from '@nestjs/common';
import type { Method } from '../../accounts/factors/factors.errors.js';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import {
  SecondFactorsService,
  type SecondFactorAnswer,
} from '../../accounts/factors/second-factors.service.js';
import { OneTimeTokensService } from '../../tokens/one-time-tokens/one-time-tokens.service.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';
import { PasswordsService } from '../../accounts/users/passwords.service.js';
import { resettingPassword, type User } from '../../accounts/users/user.entity.js';
import { UsersService } from '../../accounts/users/users.service.js';
import { NewPasswordsService } from '../../accounts/users/new-passwords.service.js';
import { PASSWORD_RESET } from './password-reset-request.service.js';

/** A new password, by proof of the account's address. */
@Injectable()
export class PasswordResetService {
  constructor(
    private readonly users: UsersService,
    private readonly newPasswords: NewPasswordsService,
    private readonly passwords: PasswordsService,
    private readonly factors: SecondFactorsService,
    private readonly revocations: RevocationsService,
    private readonly oneTimeTokens: OneTimeTokensService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Whose password a token resets, and with which second factors, one of which is needed where there are any. Nothing is
   * used up.
   * @throws InvalidOneTimeToken
   */
  async look(token: string): Promise<{ email: string; methods: Method[] }> {
    const { userId, boundTo: email } = await this.oneTimeTokens.find(token, PASSWORD_RESET);
    const { user } = await this.users.get(userId);
    return { email, methods: await this.methodsNeeded(user) };
  }

  /**
   * Sets the password and ends every session, every login that waits for a second factor, and every other token that
   * was sent out. It signs no user in. A user with a second factor needs it here too, or a reader of their mail would
   * have the account; unless the address was never proved: then factors and API keys go, for a stranger may have
   * made them.
   * @throws InvalidOneTimeToken, WeakPassword, MfaRequired, WrongCode, Overloaded
   */
  async confirm(
    { token, password, ...answer }: { token: string; password: string } & SecondFactorAnswer,
    actor: Actor,
  ): Promise<void> {
    const found = await this.oneTimeTokens.find(token, PASSWORD_RESET);
    const { userId: id, boundTo: email } = found;
    const { user } = await this.users.get(id);
    await this.passwords.refuseWeak(password, user);
    const isFirstProof = user.emailVerifiedAt === null;
    const methods = await this.methodsNeeded(user);
    const proof = methods.length > 0 ? await this.factors.prove(user, answer, methods, actor) : undefined;
    const passwordHash = await this.passwords.hash(password, actor);
    await this.oneTimeTokens.use(found, [
      this.revocations.raiseVersion(),
      resettingPassword(user, email, passwordHash),
      ...(proof?.statements ?? []),
      ...this.newPasswords.following({ id, email }, isFirstProof ? 'evicted' : 'reset'),
      this.audit.event({ action: 'user.password_reset', target: { kind: 'user', id }, by: id }, actor),
    ]);
    const locale = isFirstProof ? null : user.locale;
    const owner = { email, locale, emailVerifiedAt: user.emailVerifiedAt ?? new Date() };
    if (proof) await this.factors.tell(proof, owner, actor);
    await this.newPasswords.tell(owner, actor);
  }

  /** What was set up before the address was proved may be a stranger's, who must not keep its owner out. */
  private async methodsNeeded({ id, emailVerifiedAt }: User): Promise<Method[]> {
    return emailVerifiedAt === null ? [] : this.factors.methodsOf(id);
  }
}
