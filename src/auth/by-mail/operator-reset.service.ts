import { Injectable } from '@nestjs/common';
import { AccountEndingsService } from '../../accounts/users/account-endings.service.js';
import { PasswordsService } from '../../accounts/users/passwords.service.js';
import { settingPassword, type User } from '../../accounts/users/user.entity.js';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Database } from '../../platform/database/database.service.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { NoticesService } from '../../platform/mail/notices.service.js';
import { NewPasswordsService } from '../../accounts/users/new-passwords.service.js';

const noSuchPerson = () => new NotFound('There is no such person.');

/** A new password for a user who is locked out, on the operator's word: no mail is read, no factor asked for. */
@Injectable()
export class OperatorResetService {
  constructor(
    private readonly endings: AccountEndingsService,
    private readonly passwords: PasswordsService,
    private readonly newPasswords: NewPasswordsService,
    private readonly notices: NoticesService,
    private readonly audit: AuditService,
    private readonly database: Database,
  ) {}

  /**
   * Sets the password, and ends what a reset ends, with the second factors when `withFactors`.
   * @returns the number of sessions that ended
   * @throws WeakPassword, NotFound, Overloaded
   */
  async reset(user: User, password: string, withFactors: boolean, actor: Actor): Promise<number> {
    const { id } = user;
    await this.passwords.refuseWeak(password, user);
    const passwordHash = await this.passwords.hash(password, actor);
    const event = (action: string) => this.audit.event({ action, target: { kind: 'user', id } }, actor);
    const [, ended] = await this.database.atomically([
      { ...settingPassword(id, passwordHash), or: noSuchPerson },
      ...this.newPasswords.following(user),
      event('user.password_reset'),
      ...(withFactors ? [...this.endings.of(id, 'factors_removed'), event('user.factors_removed')] : []),
    ]);
    await this.newPasswords.tell(user, actor);
    if (withFactors) await this.notices.tell('second_factors_removed', user, actor);
    return ended!.affected;
  }
}
