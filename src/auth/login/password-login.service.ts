import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { UnexpectedCount } from '../database/database.service.js';
import { NO_SECOND_FACTOR, SecondFactorsService } from '../factors/second-factors.service.js';
import { AttemptsService, type Attempt } from '../limits/attempts.service.js';
import { NoticesService } from '../mail/notices.service.js';
import { InvalidRefreshToken } from '../sessions/sessions.errors.js';
import { SessionsService, type LiveSession } from '../sessions/sessions.service.js';
import { RevocationsService } from '../tokens/revocations.service.js';
import { EmailVerificationService } from '../users/email-verification.service.js';
import { PasswordsService } from '../users/passwords.service.js';
import { UsersService, type UserWithRights } from '../users/users.service.js';
import type { ChangePassword, LogInRequest, SignUpRequest } from './auth.dto.js';
import { InvalidCredentials, WrongPassword } from './auth.errors.js';
import { CurrentPasswordService } from './current-password.service.js';
import { KnownDevices } from './known-devices.service.js';
import { SecondStepService } from './second-step.service.js';
import { SignInService, type IssuedTokens } from './sign-in.service.js';
import { StepUpService } from './step-up.service.js';

const PASSWORD = ['pwd']; // RFC 8176
const MAX_TRIES = 3;

/** Where users, roles, sessions and tokens meet. */
@Injectable()
export class AuthService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
    private readonly signIn: SignInService,
    private readonly factors: SecondFactorsService,
    private readonly secondStep: SecondStepService,
    private readonly steppingUp: StepUpService,
    private readonly revocations: RevocationsService,
    private readonly verification: EmailVerificationService,
    private readonly notices: NoticesService,
    private readonly audit: AuditService,
    private readonly attempts: AttemptsService,
    private readonly currentPassword: CurrentPasswordService,
    private readonly devices: KnownDevices,
  ) {}

  /**
   * Makes an account and signs it in.
   * @throws WeakPassword, EmailTaken, Overloaded, ClaimsUnavailable when the account is made and its token is not
   */
  async signUp({ email, password, name = null }: SignUpRequest, actor: Actor) {
    await this.passwords.refuseWeak(password, { email, name });
    const draft = this.users.draft(email, name, await this.passwords.hash(password, actor));
    const { id } = draft.user;
    const live = this.sessions.begin(id, null, PASSWORD, actor);
    await this.users.make([
      ...draft.statements,
      live.statement,
      this.audit.event({ action: 'user.signed_up', target: { kind: 'user', id }, by: id }, actor),
    ]);
    this.verification.send(draft.user);
    const found = (await this.users.findById(id))!;
    return this.signIn.signedIn(live, found, await this.claimsOrEnd(live, found, actor));
  }

  /**
   * Signs in with a password. Unknown addresses cost the same, wait the same and are answered the same.
   * @param deviceToken what the device got when somebody signed in on it before
   * @throws InvalidCredentials, InvalidScope, MfaRequired, Overloaded, TooManyRequests
   */
  async logIn(body: LogInRequest, actor: Actor, deviceToken?: string) {
    const deviceId = await this.devices.idOf(deviceToken, body.email);
    const whose = async () => (await this.users.findByEmail(body.email))?.user.id;
    const attempt = await this.attempts.begin('login', body.email, actor, deviceId, whose);
    try {
      const signedIn = await this.tryPassword(body, attempt, deviceId, actor);
      await this.attempts.succeeded(attempt);
      return { ...signedIn, headers: attempt.headers };
    } catch (error) {
      if (!(error instanceof InvalidCredentials)) await this.attempts.forgive(attempt);
      throw error;
    }
  }

  /**
   * Gives the successor of a refresh token and a new access token, with the rights the user has by now.
   * @throws InvalidRefreshToken, RefreshTokenReused, ClaimsUnavailable
   */
  async refresh(refreshToken: string, actor: Actor): Promise<IssuedTokens> {
    const ahead = await this.signIn.claimsAhead(refreshToken);
    const live = await this.sessions.rotate(refreshToken, actor, this.users.standing);
    const { along: standing } = live;
    if (standing.status !== 'active') throw new InvalidRefreshToken('the account is not active');
    if (this.verification.isMissing(standing)) throw new InvalidRefreshToken('the address is not proved');
    if (!ahead) return this.signIn.tokensFor(live, standing);
    return this.signIn.tokensFor(live, { ...standing, version: ahead.version }, ahead.claims);
  }

  /**
   * Changes the password; all other sessions end.
   * @throws InsufficientUserAuthentication, WrongPassword, WeakPassword, Overloaded
   */
  async changePassword({ currentPassword, newPassword }: ChangePassword, actor: Actor): Promise<void> {
    const { id, sessionId } = actor.principal!;
    await this.steppingUp.refuseStale(actor.principal!);
    const { user } = await this.users.get(id);
    await this.passwords.refuseWeak(newPassword, user, 'newPassword');
    await this.currentPassword.check(user, currentPassword, actor);
    try {
      const passwordHash = await this.passwords.hash(newPassword, actor);
      await this.revocations.commit([
        this.users.replacingHash(user, passwordHash),
        ...this.users.endingSignInsOf(id, sessionId ?? undefined),
        ...this.attempts.forgetting('login', user.email),
        this.audit.event({ action: 'user.password_changed', target: { kind: 'user', id } }, actor),
      ]);
    } catch (error) {
      if (error instanceof UnexpectedCount) throw new WrongPassword();
      throw error;
    }
    this.notices.tell('password_changed', user.email, actor);
  }

  /** Of an account that has just been made, which stays; a session that nobody has a token of does not. */
  private async claimsOrEnd({ session }: LiveSession, found: UserWithRights, actor: Actor) {
    try {
      return await this.signIn.claimsOf(session, found);
    } catch (error) {
      await this.sessions.end(session.id, found.user.id, actor);
      throw error;
    }
  }

  private async tryPassword(
    { email, password, scope }: LogInRequest,
    attempt: Attempt,
    deviceId: string | undefined,
    actor: Actor,
  ) {
    for (let tries = 1; ; tries++) {
      const found = await this.users.findByEmail(email);
      const isRight = await this.passwords.verify(password, found?.user.passwordHash, actor);
      if (!found || !isRight || found.user.status !== 'active' || this.verification.isMissing(found.user))
        return this.refuseLogIn(found, isRight, attempt, actor);

      const scopes = this.signIn.scopesFor(found, scope);
      const current = found.user.passwordHash!;
      const isOutdated = this.passwords.isOutdated(current);
      const passwordHash = isOutdated ? await this.passwords.hash(password, actor) : current;
      const statements = this.attempts.succeeding(attempt);
      const login = {
        found,
        passwordHash,
        scopes,
        amr: PASSWORD,
        onlyIf: NO_SECOND_FACTOR,
        statements,
        deviceId,
      };
      const signedIn = await this.signIn.begin(login, actor);
      if (signedIn) return signedIn;
      const methods = await this.factors.methodsOf(found.user.id);
      const asks = { passwordHash, scopes, methods, ...(deviceId && { deviceId }) };
      const question = methods.length > 0 ? await this.secondStep.ask(found, asks, actor) : undefined;
      if (question) throw question;
      // The account changed while the password was hashed; look again.
      if (tries === MAX_TRIES) throw new InvalidCredentials(attempt.headers);
    }
  }

  private async refuseLogIn(
    found: UserWithRights | undefined,
    isRight: boolean,
    attempt: Attempt,
    actor: Actor,
  ): Promise<never> {
    this.signIn.count('failed');
    const reason = reasonOf(found, isRight);
    // The answer says nothing of it, for it is the same for everybody; the owner gets another link.
    if (reason === 'unverified') this.verification.send(found!.user);
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
