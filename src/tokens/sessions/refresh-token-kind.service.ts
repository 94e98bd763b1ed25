import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { Settings } from '../../platform/config/settings.js';
import { FIRST_PARTY_CLIENT } from '../access-tokens/access-tokens.service.js';
import type {
  Introspection,
  OpaqueExplanation,
  OpaqueKind,
  TokenHolder,
} from '../access-tokens/token-kind.types.js';
import { TokenKinds } from '../access-tokens/token-kinds.service.js';
import { RefreshTokensService, type PeekedSession } from './refresh-tokens.service.js';
import type { KnownSession } from './session.entity.js';
import type { ReadAlong } from './session.types.js';
import { SessionsService } from './sessions.service.js';

/** What is read along with a session about the client that holds its refresh token. */
export interface HolderRules<T> {
  along: ReadAlong<T>;
  /** `undefined` for a client that does not exist any more. */
  holderOf: (session: KnownSession, along: T) => ClientHolder | undefined;
}

/** An OAuth client that holds a refresh token. */
export interface ClientHolder {
  clientId: string;
  /** Why a refresh would be refused although the session is live. */
  refusal: string | undefined;
}

interface Found extends PeekedSession {
  clientId: string;
  refusal: string | undefined;
}

/** Refresh tokens: whether one is live is decided by its session, and by the client that holds it. */
@Injectable()
export class RefreshTokenKind implements OpaqueKind {
  readonly name = 'refresh_token';
  private rules: HolderRules<unknown> | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly sessions: SessionsService,
    private readonly refreshTokens: RefreshTokensService,
    kinds: TokenKinds,
  ) {
    kinds.addOpaque(this);
  }

  /**
   * Makes the refresh tokens of OAuth clients tokens of this kind; without it they are none. Call it in a constructor:
   * commands do not initialise modules.
   */
  ofClients<T>(rules: HolderRules<T>): void {
    this.rules = rules as HolderRules<unknown>;
  }

  async introspect(token: string): Promise<Introspection | undefined> {
    const found = await this.find(token);
    if (!found?.isLive) return undefined;
    const { userId, clientId, scopes, createdAt, expiresAt } = found.session;
    return {
      active: true,
      client_id: found.clientId,
      token_type: 'refresh_token',
      ...(clientId !== null && { scope: scopes?.join(' ') ?? '' }),
      exp: Math.floor(expiresAt.getTime() / 1000),
      iat: Math.floor(createdAt.getTime() / 1000),
      sub: userId,
      iss: this.settings.PUBLIC_URL,
    };
  }

  async revoke(token: string, actor: Actor, may: (holder: TokenHolder) => boolean): Promise<void> {
    const found = await this.find(token);
    if (!found) return;
    const { id, userId } = found.session;
    if (may({ ownerId: userId, clientId: found.clientId })) await this.sessions.end(id, userId, actor);
  }

  async explain(token: string): Promise<OpaqueExplanation | undefined> {
    const found = await this.find(token);
    if (!found) return undefined;
    const { session, clientId, isLive, isEnded } = found;
    const to = session.clientId === null ? '' : `, to the client ${clientId}`;
    return {
      ownerId: session.userId,
      sessionId: session.id,
      isActive: isLive,
      revokedBy: isEnded ? 'session' : null,
      verification: [
        { check: 'mac', passed: true, detail: `was issued here${to}` },
        { check: 'session', passed: isLive, detail: inWords(found) },
      ],
    };
  }

  /** In one statement. */
  private async find(token: string): Promise<Found | undefined> {
    const found = await this.refreshTokens.peek(token, this.rules?.along);
    if (!found) return undefined;
    const { session, along } = found;
    if (session.clientId === null) return { ...found, clientId: FIRST_PARTY_CLIENT, refusal: undefined };
    const holder = this.rules?.holderOf(session, along);
    return holder && { ...found, ...holder, isLive: found.isLive && holder.refusal === undefined };
  }
}

function inWords({ isLive, isEnded, isExpired, refusal }: Found): string {
  if (isLive) return 'its session is live and it is current';
  if (isEnded) return 'its session has ended';
  if (isExpired) return 'its session has expired';
  return refusal ?? 'it was rotated too long ago';
}
