import { Injectable } from '@nestjs/common';
import { InsufficientUserAuthentication, InvalidToken } from '../access/access.errors.js';
import type { Actor } from '../access/actor.js';
import { isFreshEnough, stepUpPolicy } from '../access/authentication-context.js';
import type { Principal } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { UnexpectedCount } from '../database/database.service.js';
import { WrongCode } from '../factors/factors.errors.js';
import { SecondFactorsService, type Proof } from '../factors/second-factors.service.js';
import { ValidationFailed } from '../http/http.errors.js';
import { NoticesService } from '../mail/notices.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import type { StepUpRequest } from './auth.dto.js';
import { CurrentPasswordService } from './current-password.service.js';
import { SignInService, type IssuedAccessToken } from './sign-in.service.js';

const RECENT = stepUpPolicy({ maxAge: '5m' });

/** Proving anew who one is, within a session (RFC 9470). */
@Injectable()
export class StepUpService {
  constructor(
    private readonly users: UsersService,
    private readonly currentPassword: CurrentPasswordService,
    private readonly factors: SecondFactorsService,
    private readonly sessions: SessionsService,
    private readonly signIn: SignInService,
    private readonly notices: NoticesService,
    private readonly audit: AuditService,
  ) {}

  /**
   * An access token of the same session, with the time and the way of this proof: of the second factor, where there is
   * one, for the password may be what was stolen, and of the password where there is none.
   * @throws MfaRequired, WrongCode, WrongPassword, TooManyRequests, Overloaded, ClaimsUnavailable
   */
  async stepUp(asked: StepUpRequest, actor: Actor): Promise<IssuedAccessToken> {
    const { id, sessionId, amr } = actor.principal!;
    if (!sessionId) throw new InvalidToken('it belongs to no session');
    const found = await this.users.get(id);
    const { user } = found;
    const methods = await this.factors.methodsOf(id);
    if (asked.password !== undefined || methods.length === 0)
      await this.checkPassword(user, asked.password, actor);
    const proof = methods.length > 0 ? await this.factors.prove(user, asked, methods, actor) : undefined;
    const claims = await this.signIn.claimsOf({ id: sessionId }, found);
    const proved = { amr: proof ? withSecond(amr, proof, asked.password !== undefined) : ['pwd'] };
    const event = {
      action: 'session.stepped_up',
      target: { kind: 'session', id: sessionId },
      detail: proved,
    };
    const holding = this.users.unchanged(user);
    try {
      const session = await this.sessions.proveAgain(sessionId, id, proved.amr, [
        holding,
        ...(proof?.statements ?? []),
        this.audit.event(event, actor),
      ]);
      if (proof?.notice) this.notices.tell(proof.notice, user.email, actor);
      return this.signIn.accessTokenFor(session, found, claims);
    } catch (error) {
      if (!(error instanceof UnexpectedCount)) throw error;
      if (proof?.statements.includes(error.statement)) throw new WrongCode();
      throw new InvalidToken('the session or the account is not what it was');
    }
  }

  /**
   * For what asks for the password itself: that will do, but for an account with a second factor.
   * @throws InsufficientUserAuthentication
   */
  async refuseStale(principal: Principal): Promise<void> {
    if (isFreshEnough(principal, RECENT) || (await this.factors.methodsOf(principal.id)).length === 0) return;
    throw new InsufficientUserAuthentication(RECENT);
  }

  private async checkPassword(user: User, password: string | undefined, actor: Actor): Promise<void> {
    if (password === undefined)
      throw new ValidationFailed([{ field: 'password', message: 'password must be a string' }]);
    await this.currentPassword.check(user, password, actor, 'password');
  }
}

/** What was proved before in this session, and what was now. */
function withSecond(before: readonly string[], proof: Proof, withPassword: boolean): string[] {
  return [...new Set([...before, ...(withPassword ? ['pwd'] : []), ...proof.amr, 'mfa'])];
}
