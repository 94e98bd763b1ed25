import { Injectable } from '@nestjs/common';
import { AuditService } from '../../platform/audit/audit.service.js';
import { pagesOf, type ReadPage } from '../../platform/database/pages.js';
import { PasskeysService } from '../../accounts/factors/passkeys.service.js';
import { SecondFactorsService } from '../../accounts/factors/second-factors.service.js';
import type { Session } from '../../tokens/sessions/session.entity.js';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';
import { OneTimeTokensService } from '../../tokens/one-time-tokens/one-time-tokens.service.js';
import { PersonalData } from '../../accounts/users/personal-data.service.js';
import { shownUser, UsersService } from '../../accounts/users/users.service.js';

const AT_ONCE = 500;

/** Named one by one: the rest of a session is what its refresh token is made of. */
const OF_SESSION = [
  'id',
  'device',
  'ip',
  'clientId',
  'resources',
  'scopes',
  'amr',
  'authenticatedAt',
  'createdAt',
  'lastUsedAt',
  'expiresAt',
  'absoluteExpiresAt',
  'revokedAt',
] satisfies (keyof Session)[];

/**
 * What is stored about a person, for that person. A feature that stores more about people adds it to
 * {@link PersonalData}.
 */
@Injectable()
export class AccountExportService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly oneTimeTokens: OneTimeTokensService,
    private readonly factors: SecondFactorsService,
    private readonly passkeys: PasskeysService,
    private readonly personalData: PersonalData,
    private readonly audit: AuditService,
  ) {}

  /**
   * One JSON object, piece by piece, for a list may be long. It holds no hash, salt or secret. @throws NotFound
   */
  async of(userId: string): Promise<AsyncGenerator<string>> {
    const found = await this.users.get(userId);
    const account = { ...shownUser(found), locale: found.user.locale };
    const pending = await this.oneTimeTokens.pendingOf(userId);
    const { totpSince, recoveryCodesLeft } = await this.factors.of(userId);
    const passkeys = (await this.passkeys.of(userId)).map(
      ({ userId: _owner, credentialId: _id, publicKey: _key, counter: _counter, ...shown }) => shown,
    );
    const factors = { totpSince, recoveryCodesLeft, passkeys };
    const sessions = listed((...page) => this.sessions.stored(userId, ...page), shownSession);
    const others = this.personalData.all.map(
      ([name, read]) => [name, listed((...page) => read(userId, ...page))] as const,
    );
    const events = listed(
      (...page) => this.audit.about(userId, ...page),
      // An attacker may have done it, from elsewhere.
      ({ ip, userAgent, ...shown }) => (shown.actorId === userId ? { ...shown, ip, userAgent } : shown),
    );
    return (async function* () {
      yield `{"exportedAt":${JSON.stringify(new Date())},"account":${JSON.stringify(account)},"sessions":`;
      yield* sessions;
      yield `,"pendingConfirmations":${JSON.stringify(pending)},"secondFactors":${JSON.stringify(factors)}`;
      for (const [name, rows] of others) {
        yield `,${JSON.stringify(name)}:`;
        yield* rows;
      }
      yield ',"auditEvents":';
      yield* events;
      yield '}\n';
    })();
  }
}

function shownSession(session: Session): object {
  return Object.fromEntries(OF_SESSION.map((name) => [name, session[name]]));
}

/** A JSON array of all rows, read a page at a time. */
async function* listed<T extends { id: string }>(
  read: ReadPage<T>,
  show: (row: T) => object = (row) => row,
): AsyncGenerator<string> {
  let separator = '[';
  for await (const rows of pagesOf(read, AT_ONCE)) {
    for (const row of rows) {
      yield separator + JSON.stringify(show(row));
      separator = ',';
    }
  }
  yield separator === '[' ? '[]' : ']';
}
