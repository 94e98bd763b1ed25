import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { WrongPassword } from '../issuing/auth.errors.js';
import { StepUpService } from '../step-up/step-up.service.js';
import { guardUnchanged } from '../../accounts/users/user.entity.js';
import { AccountChangesService } from '../../accounts/users/account-changes.service.js';

/** The end of an account, by its owner. */
@Injectable()
export class AccountService {
  constructor(
    private readonly changes: AccountChangesService,
    private readonly steppingUp: StepUpService,
  ) {}

  /**
   * Deletes the account with everything that belongs to it.
   * @throws InsufficientUserAuthentication, WrongPassword, LastAdmin, TooManyRequests, Overloaded
   */
  async remove(currentPassword: string, actor: Actor): Promise<void> {
    const user = await this.steppingUp.proveOwner(currentPassword, actor);
    const unchanged = { ...guardUnchanged(user), or: () => new WrongPassword() };
    await this.changes.remove(user.id, actor, [unchanged]);
  }
}
