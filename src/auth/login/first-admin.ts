import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SYSTEM } from '../access/actor.js';
import { Settings } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { normaliseEmail } from '../http/fields.js';
import { ADMIN, RolesService, USER } from '../roles/roles.service.js';
import { PasswordsService, randomPassword } from '../users/passwords.service.js';
import { EmailTaken } from '../users/users.errors.js';
import { UsersService } from '../users/users.service.js';

/** Makes the first admin when nobody holds the role. */
@Injectable()
export class FirstAdmin implements OnApplicationBootstrap {
  /** Set when this start made an admin whose password nobody knows yet; `main.ts` prints it once. */
  made: { email: string; password: string } | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly users: UsersService,
    private readonly roles: RolesService,
    private readonly passwords: PasswordsService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (await this.roles.isHeld(ADMIN)) return;
    const email = normaliseEmail(this.settings.ADMIN_EMAIL);
    const password = this.settings.ADMIN_PASSWORD || randomPassword();
    if (this.settings.NODE_ENV === 'production') await this.refuseWeak(email, password);
    try {
      await this.users.createVerified({ email, password }, [ADMIN, USER], SYSTEM);
    } catch (error) {
      // Another node that started at the same time was first.
      if (error instanceof EmailTaken) return;
      throw error;
    }
    if (!this.settings.ADMIN_PASSWORD) this.made = { email, password };
  }

  private async refuseWeak(email: string, password: string): Promise<void> {
    try {
      await this.passwords.refuseWeak(password, { email, name: null });
    } catch (error) {
      throw new StartupError([`ADMIN_PASSWORD: ${(error as Error).message}`]);
    }
  }
}
