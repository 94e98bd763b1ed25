import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import type { TokenClaims } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { UnexpectedCount, type Statement } from '../database/database.service.js';
import { Metrics } from '../http/metrics.js';
import { NoticesService } from '../mail/notices.service.js';
import type { KnownSession } from '../sessions/session.entity.js';
import { SessionsService, type LiveSession } from '../sessions/sessions.service.js';
import { AccessTokensService } from '../tokens/access-tokens.service.js';
import { TokenClaimsService } from '../tokens/token-claims.service.js';
import { UsersService, type Rights, type UserWithRights } from '../users/users.service.js';
import { InvalidScope } from './auth.errors.js';
import { KnownDevices } from './known-devices.service.js';

/** An access token as the caller gets it. The lifetime is in seconds. */
export interface IssuedAccessToken {
  accessToken: string;
  expiresIn: number;
  scopes: string[];
}

/** A pair of tokens as the caller gets it. Lifetimes are in seconds. */
export interface IssuedTokens extends IssuedAccessToken {
  refreshToken: string;
  refreshExpiresIn: number;
  /** For who has just signed in; see {@link KnownDevices}. */
  deviceToken?: string;
}

/** What a sign-in is begun with, once somebody has proved who they are. */
export interface SignIn {
  found: UserWithRights;
  /** The hash that the password is to have from now on. */
  passwordHash: string | null;
  scopes: string[] | null;
  amr: string[];
  /** A further condition, in SQL, on the user `:id`. */
  onlyIf?: string;
  /** What must happen along with it, such as using a code up. */
  statements?: Statement[];
  /** Of a device that was known before. */
  deviceId?: string;
}

/** The end of every way to sign in: a session begins, and its tokens are issued. */
@Injectable()
export class SignInService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly accessTokens: AccessTokensService,
    private readonly claims: TokenClaimsService,
    private readonly devices: KnownDevices,
    private readonly notices: NoticesService,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Begins a session; `undefined` when the account is not what it was when it was read, or not as `onlyIf` says.
   * @throws UnexpectedCount when one of `statements` does not affect the rows it must
   * @throws ClaimsUnavailable with nothing begun and nothing used up
   */
  async begin({ found, passwordHash, scopes, amr, onlyIf, statements = [], deviceId }: SignIn, actor: Actor) {
    const { id, email, lastLoginAt } = found.user;
    const live = this.sessions.begin(id, scopes, amr, actor);
    const claims = await this.claimsOf(live.session, found);
    // Checks once more and holds the row: a login never outlives a concurrent disabling or password change.
    const noting = this.users.notingLogIn(found.user, passwordHash, onlyIf);
    const target = { kind: 'session', id: live.session.id };
    const event = this.audit.event({ action: 'login.succeeded', target, by: id }, actor);
    try {
      await this.sessions.commit(live, [noting, ...statements, live.statement, event], actor);
    } catch (error) {
      if (error instanceof UnexpectedCount && error.statement === noting) return undefined;
      throw error;
    }
    this.count('succeeded');
    this.notices.tell('new_device', email, actor, () =>
      this.sessions.isFromNewPlace(live.session, actor, lastLoginAt === null),
    );
    return this.signedIn(live, found, claims, deviceId);
  }

  /** The scopes that a sign-in asks for, `null` for all. @throws InvalidScope for what the user may not do */
  scopesFor({ scopes }: UserWithRights, asked: string | undefined): string[] | null {
    if (asked === undefined) return null;
    const wanted = asked.split(' ');
    const beyond = wanted.filter((each) => !scopes.includes(each));
    if (beyond.length > 0) throw new InvalidScope(beyond);
    return wanted;
  }

  /** The tokens of a session that has begun, and whose it is. */
  signedIn(live: LiveSession, found: UserWithRights, claims: TokenClaims | undefined, deviceId?: string) {
    const deviceToken = this.devices.tokenFor(found.user, deviceId);
    const tokens = { ...this.tokensFor(live, found, claims), deviceToken };
    return { tokens, user: this.users.show(found) };
  }

  tokensFor({ session, refreshToken }: LiveSession, rights: Rights, claims?: TokenClaims): IssuedTokens {
    const refreshExpiresIn = Math.round((session.expiresAt.getTime() - Date.now()) / 1000);
    const { accessToken, expiresIn, scopes } = this.accessTokenFor(session, rights, claims);
    return { accessToken, expiresIn, scopes, refreshToken, refreshExpiresIn };
  }

  /** What modules add to the access token of a session. @throws ClaimsUnavailable */
  claimsOf({ id }: Pick<KnownSession, 'id'>, { user, roles }: UserWithRights) {
    return this.claims.of({ userId: user.id, sessionId: id, roles });
  }

  /**
   * The same for a refresh that is yet to come: once its token is used, nothing may fail. They are as good as the rights
   * were by then, whose version the token must carry, so that a demotion since kills it.
   * @throws ClaimsUnavailable
   */
  async claimsAhead(refreshToken: string) {
    if (!this.claims.isUsed) return undefined;
    const seen = await this.sessions.peek(refreshToken);
    const found = seen?.isLive ? await this.users.findById(seen.session.userId) : undefined;
    return found && { claims: await this.claimsOf(seen!.session, found), version: found.version };
  }

  accessTokenFor(
    session: KnownSession,
    { roles, scopes, version }: Rights,
    added: TokenClaims | undefined,
  ): IssuedAccessToken {
    const granted = session.scopes ? scopes.filter((scope) => session.scopes!.includes(scope)) : scopes;
    const { token, expiresIn } = this.accessTokens.issue({
      subject: session.userId,
      sessionId: session.id,
      roles,
      scopes: granted,
      version,
      authenticatedAt: session.authenticatedAt,
      amr: session.amr,
      notAfter: session.expiresAt,
      added,
    });
    return { accessToken: token, expiresIn, scopes: granted };
  }

  count(outcome: string): void {
    this.metrics.count('gatehouse_logins_total', 'Logins by outcome', outcome);
  }
}
