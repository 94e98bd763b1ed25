import { Injectable } from '@nestjs/common';
import { PasswordsService } from '../../accounts/users/passwords.service.js';
import { EmailTaken } from '../../accounts/users/users.errors.js';
import { guardUnchanged, type User } from '../../accounts/users/user.entity.js';
import { UsersService } from '../../accounts/users/users.service.js';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { isUniqueViolation } from '../../platform/database/database.errors.js';
import { OneTimeTokensService } from '../../tokens/one-time-tokens/one-time-tokens.service.js';

const PURPOSE = 'set_up';
const WITHIN_MS = 24 * 3_600_000;
/** Only before the first sign-in: from then on the account is in use, and nothing may take it over. */
const CLAIM = `UPDATE users SET email = :email, name = :name, password_hash = :passwordHash, updated_at = :now
  WHERE id = :id AND email = :seen AND status = 'active' AND last_login_at IS NULL`;

/** What the first administrator chooses. */
export interface SetUp {
  code: string;
  email: string;
  password: string;
  name: string | null;
}

/** The first administrator takes the account that was made at the first start, with a code from the server's terminal. */
@Injectable()
export class SetUpService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly oneTimeTokens: OneTimeTokensService,
    private readonly audit: AuditService,
  ) {}

  /** A code that takes this account, once, within a day. `undefined` when the account has just changed. */
  issue(user: User): Promise<string | undefined> {
    const token = { purpose: PURPOSE, userId: user.id, boundTo: user.email, ttlMs: WITHIN_MS };
    return this.oneTimeTokens.issue(token, guardUnchanged(user));
  }

  /**
   * Gives the account its address, name and password.
   * @throws InvalidOneTimeToken, WeakPassword, EmailTaken, Overloaded
   */
  async finish({ code, email, password, name }: SetUp, actor: Actor): Promise<void> {
    const found = await this.oneTimeTokens.find(code, PURPOSE);
    const { userId: id, boundTo: seen } = found;
    await this.passwords.refuseWeak(password, { email, name });
    const passwordHash = await this.passwords.hash(password, actor);
    const params = { id, seen, email, name, passwordHash, now: Date.now() };
    try {
      await this.oneTimeTokens.use(found, [
        { sql: CLAIM, params, affects: 1 },
        this.audit.event({ action: 'user.set_up', target: { kind: 'user', id }, by: id }, actor),
      ]);
    } catch (error) {
      throw isUniqueViolation(error) ? new EmailTaken() : error;
    }
  }
}
