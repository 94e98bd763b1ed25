import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import type { TokenClaims } from '../../platform/access/principal.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { outdated, Outdated, type Statement } from '../../platform/database/database.service.js';
import { Metrics, type Count } from '../../platform/http/metrics.js';
import { NoticesService } from '../../platform/mail/notices.service.js';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';
import { type ShownUser, shownUser, type UserWithRights } from '../../accounts/users/users.service.js';
import { InvalidScope } from './auth.errors.js';
import { KnownDevices } from './known-devices.service.js';
import { notingLogIn } from '../../accounts/users/user.entity.js';
import type { LiveSession } from '../../tokens/sessions/refresh-tokens.service.js';
import { NewSessionsService } from '../../tokens/sessions/new-sessions.service.js';
import { SessionTokensService, type IssuedTokens } from './session-tokens.service.js';

/** What a sign-in is begun with, once a user has authenticated. */
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

/** Tokens, and whose they are. */
export interface SignedIn {
  tokens: IssuedTokens;
  user: ShownUser;
}

/** A session has begun; or the account is not what it was when it was read. */
export type SignInOutcome = { signedIn: SignedIn; changed?: never } | { signedIn?: never; changed: true };

/** The end of every way to sign in: a session begins, and its tokens are issued. */
@Injectable()
export class SignInService {
  /** Logins, however they began. */
  readonly count: Count<'succeeded' | 'failed'>;

  constructor(
    private readonly newSessions: NewSessionsService,
    private readonly sessions: SessionsService,
    private readonly tokens: SessionTokensService,
    private readonly devices: KnownDevices,
    private readonly notices: NoticesService,
    private readonly audit: AuditService,
    metrics: Metrics,
  ) {
    const outcomes = ['succeeded', 'failed'] as const;
    this.count = metrics.counter('gatehouse_logins_total', 'Logins by outcome', outcomes);
  }

  /**
   * Begins a session; `changed` when the account is not what it was when it was read, or not as `onlyIf` says.
   * @throws UnexpectedCount when one of `statements` does not affect the rows it must
   * @throws ClaimsUnavailable with nothing begun and nothing used up
   */
  async begin(
    { found, passwordHash, scopes, amr, onlyIf, statements = [], deviceId }: SignIn,
    actor: Actor,
  ): Promise<SignInOutcome> {
    const { id, lastLoginAt, locale } = found.user;
    const live = this.newSessions.begin(id, scopes, amr, actor);
    const claims = await this.tokens.claimsOf(live.session, found);
    // Checks once more and holds the row: a login never outlives a concurrent disabling or password change.
    const isTrusted = deviceId !== undefined || !amr.includes('pwd');
    const noted = { nextHash: passwordHash, locale: actor.locale ?? null, isTrusted, onlyIf };
    const noting = { ...notingLogIn(found.user, noted), or: outdated };
    const target = { kind: 'session', id: live.session.id };
    const event = this.audit.event({ action: 'login.succeeded', target, by: id }, actor);
    let epoch: number;
    try {
      epoch = await this.newSessions.commit(live, [noting, ...statements, live.statement, event], actor);
    } catch (error) {
      if (error instanceof Outdated) return { changed: true };
      throw error;
    }
    this.count('succeeded');
    const isDue = () => this.newSessions.isFromNewPlace(live.session, actor, lastLoginAt === null);
    // Never in the language of the request, which may be an intruder's.
    this.notices.tellIf(isDue, 'new_device', { ...found.user, locale: locale ?? 'en' }, actor);
    return { signedIn: this.signedIn(live, found, claims, { epoch, deviceId }) };
  }

  /** The scopes that a sign-in asks for, `null` for all. @throws InvalidScope for what the user may not do */
  scopesFor({ scopes }: UserWithRights, asked: string | undefined): string[] | null {
    if (asked === undefined) return null;
    const wanted = asked.split(' ');
    const beyond = wanted.filter((each) => !scopes.includes(each));
    if (beyond.length > 0) throw new InvalidScope(beyond);
    return wanted;
  }

  /**
   * The tokens of a session that has begun along with its account. The account stays when they cannot be issued; a
   * session without a token in use does not.
   * @throws ClaimsUnavailable
   */
  async signUp(live: LiveSession, found: UserWithRights, actor: Actor): Promise<SignedIn> {
    try {
      const claims = await this.tokens.claimsOf(live.session, found);
      return this.signedIn(live, found, claims, { epoch: 0 });
    } catch (error) {
      await this.sessions.end(live.session.id, found.user.id, actor);
      throw error;
    }
  }

  private signedIn(
    live: LiveSession,
    found: UserWithRights,
    claims: TokenClaims | undefined,
    { epoch, deviceId }: { epoch: number; deviceId?: string | undefined },
  ): SignedIn {
    const deviceToken = this.devices.tokenFor(found.user, epoch, deviceId);
    const tokens = { ...this.tokens.tokensFor(live, found, claims), deviceToken };
    return { tokens, user: shownUser(found) };
  }
}
