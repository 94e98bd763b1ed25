import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { outdated, whileOutdated } from '../../platform/database/database.service.js';
import { AccountEndingsService } from '../users/account-endings.service.js';
import { UsersService } from '../users/users.service.js';
import { FactorChangesService } from './factor-changes.service.js';

/** For a user who has lost the second factors, and the recovery codes too. */
@Injectable()
export class LostFactorsService {
  constructor(
    private readonly users: UsersService,
    private readonly endings: AccountEndingsService,
    private readonly changes: FactorChangesService,
  ) {}

  /** Takes all factors of a user away. @throws NotFound, MorePowerful */
  removeAll(userId: string, actor: Actor): Promise<void> {
    return whileOutdated(() => this.removeAllOnce(userId, actor));
  }

  private async removeAllOnce(userId: string, actor: Actor): Promise<void> {
    const found = await this.users.get(userId);
    await this.users.refuseToWeaken(found, actor);
    // Optimistic lock: their roles may be gone, or may grant something else by now.
    const statements = [this.users.withRights(found), ...this.endings.of(userId, 'factors_removed')];
    const change = { action: 'user.factors_removed', statements, or: outdated };
    await this.changes.make(found.user, { ...change, notice: 'second_factors_removed' }, actor);
  }
}
