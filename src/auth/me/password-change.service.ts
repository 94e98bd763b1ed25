import { Injectable } from '@nestjs/common';
import { PasswordsService } from '../../accounts/users/passwords.service.js';
import { EmailVerificationService } from '../../accounts/users/email-verification.service.js';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Database } from '../../platform/database/database.service.js';
import { epochBegunBy } from '../../tokens/sessions/device-epoch.entity.js';
import type { ChangePassword } from './account.dto.js';
import { WrongPassword } from '../issuing/auth.errors.js';
import { KnownDevices } from '../issuing/known-devices.service.js';
import { CurrentPasswordService } from '../step-up/current-password.service.js';
import { StepUpService } from '../step-up/step-up.service.js';
import { replacingHash } from '../../accounts/users/user.entity.js';
import { NewPasswordsService } from '../../accounts/users/new-passwords.service.js';

/** A new password in the place of the one that its owner knows. */
@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly passwords: PasswordsService,
    private readonly newPasswords: NewPasswordsService,
    private readonly steppingUp: StepUpService,
    private readonly currentPassword: CurrentPasswordService,
    private readonly verification: EmailVerificationService,
    private readonly devices: KnownDevices,
    private readonly database: Database,
    private readonly audit: AuditService,
  ) {}

  /**
   * Changes the password; all other sessions end.
   * @returns a new device token, for all from before end, this device's own among them
   * @throws InsufficientUserAuthentication, WrongPassword, WeakPassword, Overloaded
   */
  async change({ currentPassword, newPassword }: ChangePassword, actor: Actor): Promise<string> {
    const { id, sessionId } = actor.principal!;
    const user = await this.steppingUp.freshOwner(actor);
    await this.passwords.refuseWeak(newPassword, user, 'newPassword');
    await this.currentPassword.check(user, currentPassword, actor);
    const passwordHash = await this.passwords.hash(newPassword, actor);
    const results = await this.database.atomically([
      { ...replacingHash(user, passwordHash), or: () => new WrongPassword() },
      ...this.newPasswords.following(user, 'reset', sessionId ?? undefined),
      this.audit.event({ action: 'user.password_changed', target: { kind: 'user', id } }, actor),
    ]);
    // The link that was sent before ended with the old password.
    if (user.emailVerifiedAt === null) await this.verification.send(user, actor);
    else await this.newPasswords.tell(user, actor);
    return this.devices.tokenFor(user, epochBegunBy(results));
  }
}
