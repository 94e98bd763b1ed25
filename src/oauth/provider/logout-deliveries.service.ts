import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { EventsService } from '../../platform/audit/events.service.js';
import { Settings } from '../../platform/config/settings.js';
import { Database } from '../../platform/database/database.service.js';
import { Metrics, type Count } from '../../platform/http/metrics.js';
import { OutboundService } from '../../platform/outbound/outbound.service.js';
import { ClientJwtsService } from '../../tokens/access-tokens/client-jwts.service.js';
import { ClientSessionsService } from '../../tokens/sessions/client-sessions.service.js';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';
import type { IdTokenAlg, OAuthClient } from '../clients/oauth-client.entity.js';
import { deliveriesOf, deliveriesTo } from './logout-delivery.ending.js';

/** At the same time; none takes what another has. */
const MOST_ROUNDS = 4;
const LOOK_EVERY_MS = 5_000;
const AT_ONCE = 20;
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 3_600_000;
const GIVE_UP_AFTER_MS = 86_400_000;
const TOKEN_LIVES_S = 120;
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** What has `CODE_ENDING` write deliveries, which knows nothing of this service. */
const ENDS_WITH_ACCOUNT = [
  'user.disabled',
  'user.deleted',
  'user.password_reset',
  'user.password_imported',
  'user.email_verified',
] as const;
/** To where the client is told now, should that have changed since. */
const DUE = `SELECT d.id, d.audience, d.alg, d.sub, d.sid, d.attempts, d.next_at, d.created_at,
    COALESCE(c.backchannel_logout_uri, d.address) AS address
  FROM logout_deliveries d LEFT JOIN oauth_clients c ON c.id = d.client_id
  WHERE d.next_at <= :now ORDER BY d.next_at LIMIT ${AT_ONCE}`;
/** Optimistic lock: of several nodes that see a row, the one that moves it on sends it. */
const CLAIM = `UPDATE logout_deliveries SET attempts = attempts + 1, next_at = :nextAt WHERE id = :id AND next_at = :seen`;
const FAIL = 'UPDATE logout_deliveries SET last_error = :reason WHERE id = :id';
const REMOVE = 'DELETE FROM logout_deliveries WHERE id = :id';
const LIST = `SELECT id, sub, sid, attempts, next_at, created_at, last_error FROM logout_deliveries
  WHERE client_id = :clientId AND id > :after ORDER BY id LIMIT :limit`;
/** Those that have failed, for the others are on their way. */
const MAKE_DUE = `UPDATE logout_deliveries SET next_at = :now
  WHERE client_id = :clientId AND next_at > :now AND last_error IS NOT NULL`;

interface Row {
  id: string;
  sub: string;
  sid: string;
  attempts: number;
  next_at: string | number;
  created_at: string | number;
  audience: string;
  address: string;
  alg: IdTokenAlg;
}

/** A delivery that is still due, as an administrator sees it. */
export interface PendingDelivery {
  id: string;
  userId: string;
  sessionId: string;
  attempts: number;
  nextAt: string;
  createdAt: string;
  lastError: string | null;
}

/**
 * Tells clients of sessions that have ended (OIDC Back-Channel Logout 1.0). What is to be told is written in the batch that
 * ends the session, so that nothing is lost; it is sent by whichever node takes it, again and again for a day.
 */
@Injectable()
export class LogoutDeliveriesService implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(LogoutDeliveriesService.name);
  private readonly count: Count<'delivered' | 'failed' | 'given_up'>;
  private timer: NodeJS.Timeout | undefined;
  private rounds = 0;
  private isAskedAgain = false;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly outbound: OutboundService,
    private readonly jwts: ClientJwtsService,
    private readonly audit: AuditService,
    sessions: SessionsService,
    clientSessions: ClientSessionsService,
    events: EventsService,
    metrics: Metrics,
  ) {
    this.count = metrics.counter('gatehouse_logout_deliveries_total', 'Logouts told to clients, by outcome', [
      'delivered',
      'failed',
      'given_up',
    ]);
    const committed = () => setImmediate(() => void this.deliver());
    sessions.whenEnding((userId, revokedAt) => [{ ...deliveriesOf(userId, revokedAt), committed }]);
    clientSessions.whenEndingAll((client, revokedAt) => [{ ...deliveriesTo(client, revokedAt), committed }]);
    for (const name of ENDS_WITH_ACCOUNT) events.on(name, () => this.deliver());
  }

  onModuleInit(): void {
    this.timer = setInterval(() => void this.deliver(), LOOK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Sends what is due, now or after a round that has begun; a client that is slow to answer holds up one round alone. */
  async deliver(): Promise<void> {
    // Not in a command, which has no time to wait for others.
    if (!this.timer) return;
    if (this.rounds === MOST_ROUNDS) {
      this.isAskedAgain = true;
      return;
    }
    this.rounds++;
    do {
      this.isAskedAgain = false;
      await this.round();
    } while (this.isAskedAgain);
    this.rounds--;
  }

  /** At most `limit` that a client has not taken yet, after the one with the id `after`. */
  async pendingOf(clientId: string, limit: number, after: string): Promise<PendingDelivery[]> {
    const params = { clientId, limit, after };
    const rows = await this.database.query<Row & { last_error: string | null }>(LIST, params);
    return rows.map((row) => ({
      id: row.id,
      userId: row.sub,
      sessionId: row.sid,
      attempts: row.attempts,
      nextAt: new Date(Number(row.next_at)).toISOString(),
      createdAt: new Date(Number(row.created_at)).toISOString(),
      lastError: row.last_error,
    }));
  }

  /** Sends those of a client now that wait for a later attempt. They stay in the list until it takes them. */
  async retry({ id, clientId, name }: OAuthClient, actor: Actor): Promise<void> {
    const target = { kind: 'client' as const, id };
    await this.database.atomically([
      { sql: MAKE_DUE, params: { clientId: id, now: Date.now() } },
      this.audit.event({ action: 'client.logouts_retried', target, detail: { clientId, name } }, actor),
    ]);
    setImmediate(() => void this.deliver());
  }

  private async round(): Promise<void> {
    try {
      for (let due = await this.due(); due.length > 0; due = await this.due()) {
        const claimed = await Promise.all(due.map((row) => this.claimAndSend(row)));
        if (!claimed.includes(true)) return;
      }
    } catch (error) {
      this.log.warn(error);
    }
  }

  private due(): Promise<Row[]> {
    return this.database.query<Row>(DUE, { now: Date.now() });
  }

  private async claimAndSend(row: Row): Promise<boolean> {
    const now = Date.now();
    const nextAt = now + Math.min(FIRST_WAIT_MS * 2 ** row.attempts, LONGEST_WAIT_MS);
    const seen = Number(row.next_at);
    const { affected } = await this.database.run({ sql: CLAIM, params: { id: row.id, nextAt, seen } });
    if (affected === 0) return false;
    const failure = await this.send(row).then(
      () => undefined,
      (error: unknown) => (error as Error).message,
    );
    if (failure === undefined) return this.done(row, 'delivered');
    if (now - Number(row.created_at) > GIVE_UP_AFTER_MS) return this.done(row, 'given_up');
    this.count('failed');
    await this.database.run({ sql: FAIL, params: { id: row.id, reason: failure.slice(0, 200) } });
    return true;
  }

  private async done({ id }: Row, outcome: 'delivered' | 'given_up'): Promise<true> {
    await this.database.run({ sql: REMOVE, params: { id } });
    this.count(outcome);
    return true;
  }

  /** §2.5 */
  private async send(row: Row): Promise<void> {
    const form = { logout_token: await this.tokenFor(row) };
    const { status } = await this.outbound.send({ url: row.address, method: 'POST', form, limit: 1_024 });
    if (status !== 200 && status !== 204) throw new Error(`it was answered ${status}`);
  }

  /** §2.4 */
  private tokenFor({ sub, sid, audience, alg }: Row): Promise<string> {
    const claims = {
      iss: this.settings.PUBLIC_URL,
      sub,
      aud: audience,
      jti: uuidv7(),
      sid,
      events: { [EVENT]: {} },
    };
    return this.jwts.sign('logout+jwt', claims, TOKEN_LIVES_S, alg);
  }
}
