import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { WrongPassword } from '../auth/auth.errors.js';
import { StepUpService } from '../auth/step-up.service.js';
import { UnexpectedCount } from '../database/database.service.js';
import { NoticesService } from '../mail/notices.service.js';
import { PasswordsService } from '../users/passwords.service.js';
import { UsersService } from '../users/users.service.js';

/** The end of an account, by its owner. */
@Injectable()
export class AccountService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly steppingUp: StepUpService,
    private readonly notices: NoticesService,
  ) {}

  /**
   * Deletes the account with everything that belongs to it.
   * @throws InsufficientUserAuthentication, WrongPassword, LastAdmin, Overloaded
   */
  async remove(currentPassword: string, actor: Actor): Promise<void> {
    await this.steppingUp.refuseStale(actor.principal!);
    const { user } = await this.users.get(actor.principal!.id);
    if (!(await this.passwords.verify(currentPassword, user.passwordHash))) throw new WrongPassword();
    const unchanged = this.users.unchanged(user);
    try {
      await this.users.remove(user.id, actor, [unchanged]);
    } catch (error) {
      if (error instanceof UnexpectedCount && error.statement === unchanged) throw new WrongPassword();
      throw error;
    }
    this.notices.tell('account_deleted', user.email, actor);
  }
}
