import { Injectable, type OnModuleInit } from '@nestjs/common';
import { createHash, timingSafeEqual } from 'node:crypto';
import { Settings } from '../../platform/config/settings.js';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { hashOf, randomToken } from '../../platform/http/opaque-token.js';
import { ConsentsService } from '../consents/consents.service.js';
import { OAuthCode } from './oauth-code.entity.js';

const CLEAN_UP_EVERY_MS = 60_000;
/** A second use is known for one for so long. */
const KEPT_FOR_MS = 86_400_000;
const CLEAN_UP = `DELETE FROM oauth_codes WHERE hash IN (
  SELECT hash FROM oauth_codes WHERE expires_at < :before ORDER BY expires_at LIMIT ${PIECE})`;
/** Without the ORM, which takes longer than all else of an exchange. */
const READ = 'SELECT * FROM oauth_codes WHERE hash = :hash';
const USE = `UPDATE oauth_codes SET used_at = :now, session_id = :sessionId
  WHERE hash = :hash AND used_at IS NULL AND expires_at > :now`;

/** A consent that was taken back gives no session any more. */
const TAKE_BACK = 'DELETE FROM oauth_codes WHERE user_id = :userId AND client_id = :clientId';

/** What a code stands for. */
export type CodeGrant = Omit<OAuthCode, 'hash' | 'createdAt' | 'expiresAt' | 'usedAt' | 'sessionId'>;

type Row = Record<string, string | number | null>;

/** RFC 7636 §4.1 */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/** Authorization codes: each works once, for its client, with its verifier. */
@Injectable()
export class OAuthCodesService implements OnModuleInit {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
    consents: ConsentsService,
  ) {
    consents.whenRevoking((userId, clientId) => [{ sql: TAKE_BACK, params: { userId, clientId } }]);
  }

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'oauth_codes', (now) => ({
      sql: CLEAN_UP,
      params: { before: now - KEPT_FOR_MS },
    }));
  }

  /** A new code and the statement that makes it. */
  make(grant: CodeGrant): { code: string; statement: Statement } {
    const code = randomToken();
    const createdAt = new Date();
    const row: OAuthCode = {
      ...grant,
      hash: hashOf(code),
      createdAt,
      expiresAt: new Date(createdAt.getTime() + this.settings.CODE_TTL),
      usedAt: null,
      sessionId: null,
    };
    return { code, statement: this.database.insert(OAuthCode, row) };
  }

  /** The row of a code, used or not. */
  async find(code: string): Promise<OAuthCode | undefined> {
    const [row] = await this.database.query<Row>(READ, { hash: hashOf(code) });
    return row && codeOf(row);
  }

  /** The statement that uses a code up for the session that it gives; it affects nothing the second time. */
  using({ hash }: OAuthCode, sessionId: string): Statement {
    return { sql: USE, params: { hash, sessionId, now: Date.now() }, affects: 1 };
  }
}

/** Whether a verifier is the one that the code was asked for with (RFC 7636 §4.6). */
export function provesChallenge(verifier: string | undefined, { challenge }: OAuthCode): boolean {
  if (verifier === undefined || !VERIFIER.test(verifier)) return false;
  const made = Buffer.from(createHash('sha256').update(verifier).digest('base64url'));
  return timingSafeEqual(made, Buffer.from(challenge));
}

function codeOf(row: Row): OAuthCode {
  const text = (name: string) => row[name] as string;
  const textOrNull = (name: string) => row[name] as string | null;
  const list = (name: string) => JSON.parse(text(name)) as string[];
  const time = (name: string) => new Date(Number(row[name]));
  return {
    hash: text('hash'),
    clientId: text('client_id'),
    userId: text('user_id'),
    parentSessionId: textOrNull('parent_session_id'),
    redirectUri: text('redirect_uri'),
    challenge: text('challenge'),
    scopes: list('scopes'),
    resources: list('resources'),
    nonce: textOrNull('nonce'),
    authTime: time('auth_time'),
    amr: list('amr'),
    dpopJkt: textOrNull('dpop_jkt'),
    createdAt: time('created_at'),
    expiresAt: time('expires_at'),
    usedAt: row['used_at'] === null ? null : time('used_at'),
    sessionId: textOrNull('session_id'),
  };
}
