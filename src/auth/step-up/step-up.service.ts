import { Injectable } from '@nestjs/common';
import { InsufficientUserAuthentication, InvalidToken } from '../../platform/access/access.errors.js';
import type { Actor } from '../../platform/access/actor.js';
import { isFreshEnough, stepUpPolicy } from '../../platform/access/authentication-context.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { UnexpectedCount } from '../../platform/database/database.service.js';
import { WrongCode } from '../../accounts/factors/factors.errors.js';
import { SecondFactorsService, type Proof } from '../../accounts/factors/second-factors.service.js';
import { ValidationFailed } from '../../platform/http/http.errors.js';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';
import { guardUnchanged, type User } from '../../accounts/users/user.entity.js';
import { UsersService } from '../../accounts/users/users.service.js';
import type { StepUpAnswer } from './step-up.types.js';
import { CurrentPasswordService } from './current-password.service.js';
import { SessionTokensService, type IssuedAccessToken } from '../issuing/session-tokens.service.js';

const RECENT = stepUpPolicy({ maxAge: '5m' });

/** Step-up: authenticating again within a session (RFC 9470). */
@Injectable()
export class StepUpService {
  constructor(
    private readonly users: UsersService,
    private readonly currentPassword: CurrentPasswordService,
    private readonly factors: SecondFactorsService,
    private readonly sessions: SessionsService,
    private readonly tokens: SessionTokensService,
    private readonly audit: AuditService,
  ) {}

  /**
   * An access token of the same session, with the time and the way of this proof: of the second factor, where there is
   * one, for the password may be what was stolen, and of the password where there is none.
   * @throws MfaRequired, WrongCode, WrongPassword, TooManyRequests, Overloaded, ClaimsUnavailable
   */
  async stepUp(asked: StepUpAnswer, actor: Actor): Promise<IssuedAccessToken> {
    const { id, sessionId, amr } = actor.principal!;
    if (!sessionId) throw new InvalidToken('it belongs to no session');
    const found = await this.users.get(id);
    const { user } = found;
    const methods = await this.factors.methodsOf(id);
    if (asked.password !== undefined || methods.length === 0)
      await this.checkPassword(user, asked.password, actor);
    const proof = methods.length > 0 ? await this.factors.prove(user, asked, methods, actor) : undefined;
    const claims = await this.tokens.claimsOf({ id: sessionId }, found);
    const proved = { amr: proof ? withSecond(amr, proof, asked.password !== undefined) : ['pwd'] };
    const event = {
      action: 'session.stepped_up',
      target: { kind: 'session', id: sessionId },
      detail: proved,
    };
    const holding = guardUnchanged(user);
    try {
      const session = await this.sessions.proveAgain(sessionId, id, proved.amr, [
        holding,
        ...(proof?.statements ?? []),
        this.audit.event(event, actor),
      ]);
      if (proof) await this.factors.tell(proof, user, actor);
      return this.tokens.accessTokenFor(session, found, claims);
    } catch (error) {
      if (!(error instanceof UnexpectedCount)) throw error;
      if (proof?.statements.includes(error.statement)) throw new WrongCode();
      throw new InvalidToken('the session or the account is not what it was');
    }
  }

  /**
   * The account of the caller, by its current password.
   * @throws InsufficientUserAuthentication, WrongPassword, TooManyRequests, Overloaded
   */
  async proveOwner(currentPassword: string, actor: Actor): Promise<User> {
    const user = await this.freshOwner(actor);
    await this.currentPassword.check(user, currentPassword, actor);
    return user;
  }

  /**
   * The account of the caller, before its current password is asked for: that will do, but for an account with a second
   * factor.
   * @throws InsufficientUserAuthentication
   */
  async freshOwner({ principal }: Actor): Promise<User> {
    const { id } = principal!;
    const isFresh = isFreshEnough(principal!, RECENT) || (await this.factors.methodsOf(id)).length === 0;
    if (!isFresh) throw new InsufficientUserAuthentication(RECENT);
    return (await this.users.get(id)).user;
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
