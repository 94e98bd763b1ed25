import { Injectable } from '@nestjs/common';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { UnexpectedCount } from '../../platform/database/database.service.js';
import { InvalidPasskey } from '../../accounts/factors/factors.errors.js';
import { PasskeysService } from '../../accounts/factors/passkeys.service.js';
import { EmailVerificationService } from '../../accounts/users/email-verification.service.js';
import { UsersService } from '../../accounts/users/users.service.js';
import { SignInService } from '../issuing/sign-in.service.js';

/** Signing in with a passkey alone: it is something one has, and asks for something one knows or is. */
@Injectable()
export class PasskeyLoginService {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly users: UsersService,
    private readonly verification: EmailVerificationService,
    private readonly signIn: SignInService,
    private readonly audit: AuditService,
  ) {}

  /** @throws InvalidPasskey, for every reason alike; InvalidScope */
  async logIn(passkey: AuthenticationResponseJSON, scope: string | undefined, actor: Actor) {
    try {
      const { userId, amr, using } = await this.passkeys.shown(passkey, actor);
      const found = await this.users.findById(userId);
      if (!found || found.user.status !== 'active' || this.verification.isMissing(found.user))
        throw new InvalidPasskey('the account');
      const { passwordHash } = found.user;
      const scopes = this.signIn.scopesFor(found, scope);
      const { signedIn } = await this.signIn.begin(
        { found, passwordHash, scopes, amr, statements: [using] },
        actor,
      );
      if (signedIn) return signedIn;
      throw new InvalidPasskey('the account has changed meanwhile');
    } catch (error) {
      if (error instanceof InvalidPasskey) await this.noteFailure(actor);
      // Two with the same counter at the same time: one of them is a clone, and it cannot be known which.
      throw error instanceof UnexpectedCount ? new InvalidPasskey(error) : error;
    }
  }

  private async noteFailure(actor: Actor): Promise<void> {
    this.signIn.count('failed');
    await this.audit.record({ action: 'login.failed', detail: { reason: 'invalid_passkey' } }, actor);
  }
}
