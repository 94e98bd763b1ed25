import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { AuditService } from '../../platform/audit/audit.service.js';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import { Database, UnexpectedCount, type Statement } from '../../platform/database/database.service.js';
import { ConsentsService } from '../consents/consents.service.js';
import type { SignedInBrowser } from './browser-sessions.service.js';
import { hashOf, randomToken } from '../../platform/http/opaque-token.js';
import { DeviceCode } from './device-code.entity.js';
import { UnknownUserCode } from './provider.errors.js';
import { lettersOf, newUserCode, shownUserCode } from './user-code.js';

const LIFETIME_MS = 600_000;
export const FIRST_INTERVAL_S = 5;
const CLEAN_UP_EVERY_MS = 60_000;
const CLEAN_UP = `DELETE FROM device_codes WHERE hash IN (
  SELECT hash FROM device_codes WHERE expires_at < :before ORDER BY expires_at LIMIT ${PIECE})`;
/** A poll that comes too soon makes all later ones wait five seconds more (RFC 8628 §3.5). */
const POLL = `UPDATE device_codes SET
    interval = CASE WHEN polled_at IS NOT NULL AND :now - polled_at < interval * 1000 - 500 THEN interval + 5 ELSE interval END,
    polled_at = :now
  WHERE hash = :hash`;
const DECIDE = `UPDATE device_codes SET status = :status, user_id = :userId, parent_session_id = :sessionId,
    auth_time = :authTime, amr = :amr, scopes = :scopes
  WHERE hash = :hash AND status = 'pending' AND expires_at > :now`;
const USE = `UPDATE device_codes SET status = 'used' WHERE hash = :hash AND status = 'approved' AND expires_at > :now`;

/** A consent that was taken back gives no session any more. */
const TAKE_BACK = 'DELETE FROM device_codes WHERE user_id = :userId AND client_id = :clientId';

/** Sign-ins of devices without a browser (RFC 8628). */
@Injectable()
export class DeviceCodesService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly cleanUps: CleanUps,
    private readonly audit: AuditService,
    @InjectRepository(DeviceCode) private readonly codes: Repository<DeviceCode>,
    consents: ConsentsService,
  ) {
    consents.whenRevoking((userId, clientId) => [{ sql: TAKE_BACK, params: { userId, clientId } }]);
  }

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'device_codes', (now) => ({
      sql: CLEAN_UP,
      params: { before: now - LIFETIME_MS },
    }));
  }

  /** A new code for a device, and the one that its user types in. */
  async make(clientId: string, scopes: string[], resources: string[], ip: string | null) {
    const deviceCode = randomToken();
    const userCode = newUserCode();
    const createdAt = new Date();
    const row: DeviceCode = {
      hash: hashOf(deviceCode),
      userCodeHash: hashOf(userCode),
      clientId,
      scopes,
      resources,
      status: 'pending',
      interval: FIRST_INTERVAL_S,
      polledAt: null,
      userId: null,
      parentSessionId: null,
      authTime: null,
      amr: null,
      ip,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + LIFETIME_MS),
    };
    await this.database.run(this.database.insert(DeviceCode, row));
    return { deviceCode, userCode: shownUserCode(userCode), expiresIn: LIFETIME_MS / 1000 };
  }

  find(deviceCode: string): Promise<DeviceCode | null> {
    return this.codes.findOneBy({ hash: hashOf(deviceCode) });
  }

  /** Notes a poll. `true` when it came too soon. */
  async pollsTooSoon({ hash, polledAt, interval }: DeviceCode): Promise<boolean> {
    const now = Date.now();
    await this.database.run({ sql: POLL, params: { hash, now } });
    // Half a second for the way, so that a device that keeps the interval is never told to slow down.
    return polledAt !== null && now - polledAt.getTime() < interval * 1000 - 500;
  }

  /** The sign-in that a person typed the code of, however they wrote it. @throws UnknownUserCode */
  async pendingOf(typed: string): Promise<DeviceCode> {
    const letters = lettersOf(typed);
    const code = letters ? await this.codes.findOneBy({ userCodeHash: hashOf(letters) }) : null;
    if (code?.status !== 'pending' || code.expiresAt.getTime() <= Date.now()) throw new UnknownUserCode();
    return code;
  }

  /**
   * Approves or denies a sign-in, for those of its scopes that its user has.
   * @throws UnknownUserCode when it was decided since, or another of the statements affects nothing
   */
  async decide(
    { hash, clientId }: DeviceCode,
    { isApproved, scopes }: { isApproved: boolean; scopes: string[] },
    { session, found, actor }: SignedInBrowser,
    along: Statement[] = [],
  ): Promise<void> {
    const params = {
      hash,
      status: isApproved ? 'approved' : 'denied',
      userId: found.user.id,
      sessionId: session.id,
      authTime: session.authenticatedAt.getTime(),
      amr: JSON.stringify(session.amr),
      scopes: JSON.stringify(scopes),
      now: Date.now(),
    };
    const action = isApproved ? 'device.approved' : 'device.denied';
    const target = { kind: 'client', id: clientId };
    try {
      await this.database.atomically([
        { sql: DECIDE, params, affects: 1 },
        ...along,
        this.audit.event({ action, target, by: found.user.id }, actor),
      ]);
    } catch (error) {
      if (error instanceof UnexpectedCount) throw new UnknownUserCode();
      throw error;
    }
  }

  /** The statement that uses an approved code up. */
  using({ hash }: DeviceCode): Statement {
    return { sql: USE, params: { hash, now: Date.now() }, affects: 1 };
  }
}
