import { Injectable } from '@nestjs/common';
import { NO_SECOND_FACTOR } from '../../accounts/factors/second-factors.service.js';
import { EMAIL_VERIFICATION } from '../../accounts/users/email-verification.service.js';
import { guardUnchanged, provingEmail, type User } from '../../accounts/users/user.entity.js';
import { UsersService } from '../../accounts/users/users.service.js';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Database } from '../../platform/database/database.service.js';
import { OneTimeTokensService } from '../../tokens/one-time-tokens/one-time-tokens.service.js';
import { CurrentPasswordService } from '../step-up/current-password.service.js';
import { PasswordRequired } from './email.errors.js';

/**
 * True of the user `:id` who has what one sign-up gave and nothing else: then the link that the sign-up sent speaks for it.
 * With more than that, an account may have been prepared by another person (account pre-hijacking).
 */
const AS_SIGNED_UP = `contested_at IS NULL AND ${NO_SECOND_FACTOR}
  AND NOT EXISTS (SELECT 1 FROM api_keys WHERE owner_id = :id AND revoked_at IS NULL)`;
const IS_AS_SIGNED_UP = `SELECT id FROM users WHERE id = :id AND ${AS_SIGNED_UP}`;

/** What comes along with the token of a link, to show that the account belongs to who reads the mail. */
export interface AccountProof {
  /** The id of the user whose session it is. */
  sessionOf: string | undefined;
  password: string | undefined;
}

/** Proves that the owner of an account reads the mail of its address (docs/threat-model.md, "An address"). */
@Injectable()
export class AddressProofService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly oneTimeTokens: OneTimeTokensService,
    private readonly currentPassword: CurrentPasswordService,
    private readonly audit: AuditService,
  ) {}

  /** @throws InvalidOneTimeToken, PasswordRequired, WrongPassword, TooManyRequests, Overloaded */
  async confirm(token: string, proof: AccountProof, actor: Actor): Promise<void> {
    const found = await this.oneTimeTokens.find(token, EMAIL_VERIFICATION);
    const { user } = await this.users.get(found.userId);
    const { id } = user;
    const isOwn = await this.isOwn(user, proof, actor);
    if (!isOwn && !(await this.isAsSignedUp(id))) throw new PasswordRequired();
    const proving = provingEmail(id, found.boundTo, isOwn ? undefined : AS_SIGNED_UP);
    await this.oneTimeTokens.use(found, [
      proving,
      ...(isOwn ? [guardUnchanged(user)] : []),
      this.audit.event({ action: 'user.email_verified', target: { kind: 'user', id }, by: id }, actor),
    ]);
  }

  /**
   * Whether who sends a token also has the account. Guard the batch by {@link guardUnchanged}.
   * @throws WrongPassword, which counts like a guess at a login; TooManyRequests, Overloaded
   */
  async isOwn(user: User, { sessionOf, password }: AccountProof, actor: Actor): Promise<boolean> {
    if (sessionOf === user.id) return true;
    if (password === undefined) return false;
    await this.currentPassword.check(user, password, actor, 'password');
    return true;
  }

  private async isAsSignedUp(id: string): Promise<boolean> {
    return (await this.database.query(IS_AS_SIGNED_UP, { id })).length > 0;
  }
}
