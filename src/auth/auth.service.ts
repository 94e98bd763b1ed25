import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { UnexpectedCount } from '../database/database.service.js';
import { Metrics } from '../http/metrics.js';
import { AttemptsService, type Attempt } from '../limits/attempts.service.js';
import { NoticesService } from '../mail/notices.service.js';
import { InvalidRefreshToken } from '../sessions/sessions.errors.js';
import { SessionsService, type LiveSession } from '../sessions/sessions.service.js';
import { AccessTokensService } from '../tokens/access-tokens.service.js';
import { OneTimeTokensService } from '../tokens/one-time-tokens.service.js';
import { RevocationsService } from '../tokens/revocations.service.js';
import { EmailVerificationService } from '../users/email-verification.service.js';
import { PasswordsService } from '../users/passwords.service.js';
import { UsersService, type UserWithRights } from '../users/users.service.js';
import type { ChangePassword, LogInRequest, SignUpRequest } from './auth.dto.js';
import { InvalidCredentials, InvalidScope, WrongPassword } from './auth.errors.js';
import { CurrentPasswordService } from './current-password.service.js';
import { KnownDevices } from './known-devices.service.js';

const PASSWORD = ['pwd']; // RFC 8176
const MAX_TRIES = 3;

/** A pair of tokens as the caller gets it. Lifetimes are in seconds. */
export interface IssuedTokens {
  accessToken: string;
  expiresIn: number;
  refreshToken: string;
  refreshExpiresIn: number;
  scopes: string[];
  /** For who has just signed in; see {@link KnownDevices}. */
  deviceToken?: string;
}

/** Where users, roles, sessions and tokens meet. */
@Injectable()
export class AuthService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
    private readonly accessTokens: AccessTokensService,
    private readonly revocations: RevocationsService,
    private readonly oneTimeTokens: OneTimeTokensService,
    private readonly verification: EmailVerificationService,
    private readonly notices: NoticesService,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
    private readonly attempts: AttemptsService,
    private readonly currentPassword: CurrentPasswordService,
    private readonly devices: KnownDevices,
  ) {}

  /**
   * Makes an account and signs it in.
   * @throws WeakPassword, EmailTaken, Overloaded
   */
  async signUp({ email, password, name = null }: SignUpRequest, actor: Actor) {
    await this.passwords.refuseWeak(password, { email, name });
    const draft = this.users.draft(email, name, await this.passwords.hash(password));
    const { id } = draft.user;
    const live = this.sessions.begin(id, null, PASSWORD, actor);
    await this.users.make([
      ...draft.statements,
      live.statement,
      this.audit.event({ action: 'user.signed_up', target: { kind: 'user', id }, by: id }, actor),
    ]);
    this.verification.send(draft.user);
    return this.signedIn(live, (await this.users.findById(id))!);
  }

  /**
   * Signs in with a password. Unknown addresses cost the same, wait the same and are answered the same.
   * @param deviceToken what the device got when somebody signed in on it before
   * @throws InvalidCredentials, InvalidScope, Overloaded, TooManyRequests
   */
  async logIn(body: LogInRequest, actor: Actor, deviceToken?: string) {
    const deviceId = await this.devices.idOf(deviceToken, body.email);
    const attempt = await this.attempts.begin('login', body.email, actor, deviceId);
    try {
      const { live, found } = await this.tryPassword(body, attempt, actor);
      await this.attempts.succeeded(attempt);
      this.countLogIn('succeeded');
      const isFirst = found.user.lastLoginAt === null;
      this.notices.tell('new_device', found.user.email, actor, () =>
        this.sessions.isFromNewPlace(live.session, actor, isFirst),
      );
      return { ...this.signedIn(live, found, deviceId), headers: attempt.headers };
    } catch (error) {
      if (!(error instanceof InvalidCredentials)) await this.attempts.forgive(attempt);
      throw error;
    }
  }

  /**
   * Gives the successor of a refresh token and a new access token, with the rights the user has by now.
   * @throws InvalidRefreshToken, RefreshTokenReused
   */
  async refresh(refreshToken: string, actor: Actor): Promise<IssuedTokens> {
    const live = await this.sessions.rotate(refreshToken, actor);
    const found = await this.users.findById(live.session.userId);
    if (found?.user.status !== 'active') throw new InvalidRefreshToken('the account is not active');
    if (this.verification.isMissing(found.user)) throw new InvalidRefreshToken('the address is not proved');
    return this.tokensFor(live, found);
  }

  /**
   * Changes the password; all other sessions end.
   * @throws WrongPassword, WeakPassword, Overloaded
   */
  async changePassword({ currentPassword, newPassword }: ChangePassword, actor: Actor): Promise<void> {
    const { id, sessionId } = actor.principal!;
    const { user } = await this.users.get(id);
    await this.passwords.refuseWeak(newPassword, user, 'newPassword');
    await this.currentPassword.check(user, currentPassword, actor);
    try {
      const passwordHash = await this.passwords.hash(newPassword);
      await this.revocations.commit([
        this.users.replacingHash(user, passwordHash),
        ...this.sessions.endingAllOf(id, sessionId ?? undefined),
        this.oneTimeTokens.endingAllOf(id),
        this.attempts.forgetting('login', user.email),
        this.audit.event({ action: 'user.password_changed', target: { kind: 'user', id } }, actor),
      ]);
    } catch (error) {
      if (error instanceof UnexpectedCount) throw new WrongPassword();
      throw error;
    }
    this.notices.tell('password_changed', user.email, actor);
  }

  private async tryPassword({ email, password, scope }: LogInRequest, attempt: Attempt, actor: Actor) {
    for (let tries = 1; ; tries++) {
      const found = await this.users.findByEmail(email);
      const isRight = await this.passwords.verify(password, found?.user.passwordHash);
      if (!found || !isRight || found.user.status !== 'active' || this.verification.isMissing(found.user))
        return this.refuseLogIn(found, isRight, attempt, actor);

      const asked = scope?.split(' ') ?? null;
      const beyond = asked?.filter((each) => !found.scopes.includes(each)) ?? [];
      if (beyond.length > 0) throw new InvalidScope(beyond);

      const live = await this.beginSession(found, password, asked, attempt, actor);
      if (live) return { live, found };
      // The account changed while the password was hashed; look again.
      if (tries === MAX_TRIES) throw new InvalidCredentials(attempt.headers);
    }
  }

  /** `undefined` when the account is not what it was when the password was checked. */
  private async beginSession(
    found: UserWithRights,
    password: string,
    scopes: string[] | null,
    attempt: Attempt,
    actor: Actor,
  ) {
    const { id, passwordHash } = found.user;
    const isOutdated = this.passwords.isOutdated(passwordHash!);
    const nextHash = isOutdated ? await this.passwords.hash(password) : passwordHash!;
    const live = this.sessions.begin(id, scopes, PASSWORD, actor);
    try {
      const statements = [
        // Checks once more and holds the row: a login never outlives a concurrent disabling or password change.
        this.users.notingLogIn(found.user, nextHash),
        live.statement,
        ...this.attempts.succeeding(attempt),
        this.audit.event(
          { action: 'login.succeeded', target: { kind: 'session', id: live.session.id }, by: id },
          actor,
        ),
      ];
      await this.sessions.commit(live, statements, actor);
      return live;
    } catch (error) {
      if (error instanceof UnexpectedCount) return undefined;
      throw error;
    }
  }

  private async refuseLogIn(
    found: UserWithRights | undefined,
    isRight: boolean,
    attempt: Attempt,
    actor: Actor,
  ): Promise<never> {
    this.countLogIn('failed');
    const reason = reasonOf(found, isRight);
    // The answer says nothing of it, for it is the same for everybody; the owner gets another link.
    if (reason === 'unverified') this.verification.send(found!.user);
    const target = found && { kind: 'user', id: found.user.id };
    await this.audit.record({ action: 'login.failed', ...(target && { target }), detail: { reason } }, actor);
    throw new InvalidCredentials(attempt.headers);
  }

  private countLogIn(outcome: string): void {
    this.metrics.count('gatehouse_logins_total', 'Logins by outcome', outcome);
  }

  private signedIn(live: LiveSession, found: UserWithRights, deviceId?: string) {
    const deviceToken = this.devices.tokenFor(found.user, deviceId);
    return { tokens: { ...this.tokensFor(live, found), deviceToken }, user: this.users.show(found) };
  }

  private tokensFor(
    { session, refreshToken }: LiveSession,
    { user, roles, scopes, version }: UserWithRights,
  ): IssuedTokens {
    const granted = session.scopes ? scopes.filter((scope) => session.scopes!.includes(scope)) : scopes;
    const { token, expiresIn } = this.accessTokens.issue({
      subject: user.id,
      sessionId: session.id,
      roles,
      scopes: granted,
      version,
      authenticatedAt: session.createdAt,
      amr: session.amr,
      notAfter: session.expiresAt,
    });
    const refreshExpiresIn = Math.round((session.expiresAt.getTime() - Date.now()) / 1000);
    return { accessToken: token, expiresIn, refreshToken, refreshExpiresIn, scopes: granted };
  }
}

function reasonOf(found: UserWithRights | undefined, isRight: boolean): string {
  if (!found) return 'unknown_email';
  if (!isRight) return 'wrong_password';
  return found.user.status === 'active' ? 'unverified' : 'disabled';
}
