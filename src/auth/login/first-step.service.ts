import { Injectable } from '@nestjs/common';
import { EmailVerificationService } from '../../accounts/users/email-verification.service.js';
import { PasswordsService } from '../../accounts/users/passwords.service.js';
import type { User } from '../../accounts/users/user.entity.js';
import { UsersService, type UserWithRights } from '../../accounts/users/users.service.js';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import type { Attempt } from '../../platform/limits/attempts.service.js';
import { InvalidCredentials } from '../issuing/auth.errors.js';
import { SignInService } from '../issuing/sign-in.service.js';

/** The first step of a login: the password. */
@Injectable()
export class FirstStepService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly verification: EmailVerificationService,
    private readonly signIn: SignInService,
    private readonly audit: AuditService,
  ) {}

  /**
   * The account that a password opens. Unknown addresses cost the same.
   * @throws InvalidCredentials for every reason alike, Overloaded
   */
  async check(email: string, password: string, attempt: Attempt, actor: Actor): Promise<UserWithRights> {
    const found = await this.users.findByEmail(email);
    const isRight = await this.passwords.verify(password, found?.user.passwordHash, actor);
    if (!found || !isRight || found.user.status !== 'active' || this.verification.isMissing(found.user))
      return this.refuse(found, isRight, attempt, actor);
    return found;
  }

  /** The hash that a right password is to have from now on. @throws Overloaded */
  async hashToKeep({ passwordHash }: User, password: string, actor: Actor): Promise<string> {
    const current = passwordHash!;
    return this.passwords.isOutdated(current) ? this.passwords.hash(password, actor) : current;
  }

  private async refuse(
    found: UserWithRights | undefined,
    isRight: boolean,
    attempt: Attempt,
    actor: Actor,
  ): Promise<never> {
    this.signIn.count('failed');
    const reason = reasonOf(found, isRight);
    // The answer says nothing of it, because it is the same for every caller; the owner gets another link.
    if (reason === 'unverified') await this.verification.send(found!.user, actor);
    const target = found && { kind: 'user', id: found.user.id };
    await this.audit.record({ action: 'login.failed', ...(target && { target }), detail: { reason } }, actor);
    throw new InvalidCredentials(attempt.headers);
  }
}

function reasonOf(found: UserWithRights | undefined, isRight: boolean): string {
  if (!found) return 'unknown_email';
  if (!isRight) return 'wrong_password';
  return found.user.status === 'active' ? 'unverified' : 'disabled';
}
