import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ADMIN } from '../../accounts/roles/roles.service.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';
import { isUniqueViolation } from '../../platform/database/database.errors.js';
import { NoticesService } from '../../platform/mail/notices.service.js';
import { OneTimeTokensService } from '../../tokens/one-time-tokens/one-time-tokens.service.js';
import { AccountEndingsService } from '../../accounts/users/account-endings.service.js';
import { EmailTaken } from '../../accounts/users/users.errors.js';
import { UsersService } from '../../accounts/users/users.service.js';
import { AddressProofService, type AccountProof } from './address-proof.service.js';
import { PasswordRequired } from './email.errors.js';
import { guardUnchanged, changingEmail } from '../../accounts/users/user.entity.js';
import { changingAccount } from '../../accounts/users/account-changes.service.js';
import { EMAIL_CHANGE } from './email-change-request.service.js';

/** Gives an account the address that was proved, and never without telling the old one. */
@Injectable()
export class EmailChangeService {
  constructor(
    private readonly users: UsersService,
    private readonly endings: AccountEndingsService,
    private readonly oneTimeTokens: OneTimeTokensService,
    private readonly notices: NoticesService,
    private readonly audit: AuditService,
    private readonly proofs: AddressProofService,
    private readonly revocations: RevocationsService,
  ) {}

  /**
   * Changes the address; tokens sent to the old one are void. Without the account's password or session the reader of
   * the new address has proved that it is theirs, and not that the account is: what opened the account is gone then, and a
   * reset gives it to them. Administrators are not evicted so.
   * @param mayEvict whether to refuse instead
   * @throws InvalidOneTimeToken, EmailTaken, PasswordRequired, WrongPassword, TooManyRequests, Overloaded
   */
  async confirm(token: string, proof: AccountProof, actor: Actor, mayEvict = true): Promise<void> {
    const found = await this.oneTimeTokens.find(token, EMAIL_CHANGE);
    const { user, roles } = await this.users.get(found.userId);
    const { id } = user;
    const isOwn = await this.proofs.isOwn(user, proof, actor);
    if (!isOwn && (!mayEvict || roles.includes(ADMIN))) throw new PasswordRequired();
    const detail = { isEvicting: !isOwn };
    const event = { action: 'user.email_changed', target: { kind: 'user', id }, by: id, detail };
    try {
      await this.oneTimeTokens.use(found, [
        this.revocations.raiseVersion(),
        isOwn ? guardUnchanged(user) : changingAccount(id, { passwordHash: null }, false),
        changingEmail(user, found.boundTo),
        ...this.endings.of(id, isOwn ? 'email_changed' : 'evicted'),
        this.audit.event(event, actor),
      ]);
    } catch (error) {
      if (isUniqueViolation(error)) throw new EmailTaken();
      throw error;
    }
    await this.notices.tell('email_changed', user, actor);
    const owner = { email: found.boundTo, emailVerifiedAt: new Date(), locale: null };
    if (!isOwn) await this.notices.tell('account_taken_over', owner, actor);
  }
}
