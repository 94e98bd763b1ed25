import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { WrongPassword } from '../auth/auth.errors.js';
import { CurrentPasswordService } from '../auth/current-password.service.js';
import { StepUpService } from '../auth/step-up.service.js';
import { UnexpectedCount } from '../database/database.service.js';
import { NoticesService } from '../mail/notices.service.js';
import { UsersService } from '../users/users.service.js';

/** The end of an account, by its owner. */
@Injectable()
export class AccountService {
  constructor(
    private readonly users: UsersService,
    private readonly currentPassword: CurrentPasswordService,
    private readonly steppingUp: StepUpService,
    private readonly notices: NoticesService,
  ) {}

  /**
   * Deletes the account with everything that belongs to it.
   * @throws InsufficientUserAuthentication, WrongPassword, LastAdmin, TooManyRequests, Overloaded
   */
  async remove(currentPassword: string, actor: Actor): Promise<void> {
    await this.steppingUp.refuseStale(actor.principal!);
    const { user } = await this.users.get(actor.principal!.id);
    await this.currentPassword.check(user, currentPassword, actor);
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
