import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SYSTEM } from '../../platform/access/actor.js';
import { Settings } from '../../platform/config/settings.js';
import { StartupError } from '../../platform/config/startup.error.js';
import { normaliseEmail } from '../../platform/http/fields.js';
import { ADMIN, RolesService, USER } from '../../accounts/roles/roles.service.js';
import { PasswordsService, randomPassword } from '../../accounts/users/passwords.service.js';
import { EmailTaken } from '../../accounts/users/users.errors.js';
import { SetUpService } from './set-up.service.js';
import { NewAccountsService } from '../../accounts/users/new-accounts.service.js';

/** Makes the first admin when no account holds the role. */
@Injectable()
export class FirstAdmin implements OnApplicationBootstrap {
  /** Set when this start made an admin whose password is not known yet, with the code for `/setup`; `main.ts` prints it once. */
  made: { email: string; password: string; code: string | undefined } | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly accounts: NewAccountsService,
    private readonly roles: RolesService,
    private readonly passwords: PasswordsService,
    private readonly setUp: SetUpService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (await this.roles.isHeld(ADMIN)) return;
    const email = normaliseEmail(this.settings.ADMIN_EMAIL);
    const password = this.settings.ADMIN_PASSWORD || randomPassword();
    if (this.settings.NODE_ENV === 'production') await this.refuseWeak(email, password);
    try {
      const { user } = await this.accounts.createVerified({ email, password }, [ADMIN, USER], SYSTEM);
      if (this.settings.ADMIN_PASSWORD) return;
      const code = this.settings.WEB === 'on' ? await this.setUp.issue(user) : undefined;
      this.made = { email, password, code };
    } catch (error) {
      // Another node that started at the same time was first.
      if (error instanceof EmailTaken) return;
      throw error;
    }
  }

  private async refuseWeak(email: string, password: string): Promise<void> {
    try {
      await this.passwords.refuseWeak(password, { email, name: null });
    } catch (error) {
      throw new StartupError([`ADMIN_PASSWORD: ${(error as Error).message}`]);
    }
  }
}
