import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { Actor } from '../../platform/access/actor.js';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import { Database } from '../../platform/database/database.service.js';
import { LimitsService } from '../../platform/limits/limits.service.js';
import { hashOf, randomToken } from '../../platform/http/opaque-token.js';
import type { KnownSession } from '../../tokens/sessions/session.entity.js';
import type { AuthorizationParameters } from './authorization-request.js';
import { OAuthRequest } from './oauth-request.entity.js';

const PUSHED_FOR_MS = 90_000;
/** While it lives, a request counts as the one that was begun; for a week more it can be started over. */
const SIGN_IN_FOR_MS = 3_600_000;
const KEPT_FOR_MS = 7 * 86_400_000;
const CLEAN_UP_EVERY_MS = 60_000;
const CLEAN_UP = `DELETE FROM oauth_requests WHERE hash IN (
  SELECT hash FROM oauth_requests WHERE (kind = 'pushed' AND expires_at < :now) OR expires_at < :keptUntil LIMIT ${PIECE})`;
/** So many that have expired can be started over, of all clients: who never signs in leaves a row. */
const EXPIRED_KEPT = 20_000;
const THIN_OUT = `DELETE FROM oauth_requests WHERE hash IN (SELECT hash FROM oauth_requests
  WHERE expires_at < :now ORDER BY expires_at DESC LIMIT ${PIECE} OFFSET ${EXPIRED_KEPT})`;
const USE_PUSHED = `UPDATE oauth_requests SET used_at = :now
  WHERE hash = :hash AND kind = 'pushed' AND client_id = :clientId AND used_at IS NULL AND expires_at > :now`;
const NOTE_CHOICE = `UPDATE oauth_requests SET user_id = :userId, session_id = :sessionId
  WHERE hash = :hash AND kind = 'sign-in'`;

/** RFC 9126 §2.2 */
export const REQUEST_URI = 'urn:ietf:params:oauth:request_uri:';

/** Authorization requests that are kept while their users sign in, and those that clients have pushed. */
@Injectable()
export class OAuthRequestsService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
    private readonly limits: LimitsService,
    @InjectRepository(OAuthRequest) private readonly requests: Repository<OAuthRequest>,
  ) {}

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'oauth_requests', (now) => ({
      sql: CLEAN_UP,
      params: { now, keptUntil: now - KEPT_FOR_MS },
    }));
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'expired oauth_requests', (now) => ({
      sql: THIN_OUT,
      params: { now },
    }));
  }

  /**
   * Keeps the request of a browser, which has proved nothing yet.
   * @throws TooManyRequests
   */
  async keepFor(actor: Actor, clientId: string, parameters: AuthorizationParameters) {
    await this.limits.consume('authorization', actor);
    return this.keep(clientId, parameters, 'sign-in');
  }

  /** Keeps a request, and gives the id that leads to it. */
  async keep(clientId: string, parameters: AuthorizationParameters, kind: OAuthRequest['kind']) {
    const id = randomToken();
    const lifetime = kind === 'pushed' ? PUSHED_FOR_MS : SIGN_IN_FOR_MS;
    const createdAt = new Date();
    const row: OAuthRequest = {
      hash: hashOf(id),
      kind,
      clientId,
      parameters,
      userId: null,
      sessionId: null,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + lifetime),
      usedAt: null,
    };
    await this.database.run(this.database.insert(OAuthRequest, row));
    return { id, row, expiresIn: lifetime / 1000 };
  }

  /** The request of a sign-in, also when it has expired and must be started over. */
  async find(id: string): Promise<OAuthRequest | undefined> {
    return (await this.requests.findOneBy({ hash: hashOf(id), kind: 'sign-in' })) ?? undefined;
  }

  /** Uses a pushed request up; `undefined` when it was used, has expired, or is another client's. */
  async takePushed(requestUri: string, clientId: string): Promise<AuthorizationParameters | undefined> {
    if (!requestUri.startsWith(REQUEST_URI)) return undefined;
    const hash = hashOf(requestUri.slice(REQUEST_URI.length));
    const { affected } = await this.database.run({
      sql: USE_PUSHED,
      params: { hash, clientId, now: Date.now() },
    });
    return affected === 1 ? (await this.requests.findOneBy({ hash }))?.parameters : undefined;
  }

  /** Notes the account that was chosen, by its session. */
  async choose(id: string, { id: sessionId, userId }: Pick<KnownSession, 'id' | 'userId'>): Promise<void> {
    await this.database.run({ sql: NOTE_CHOICE, params: { hash: hashOf(id), userId, sessionId } });
  }
}
