import { Injectable } from '@nestjs/common';
import { EmailVerificationService } from '../../accounts/users/email-verification.service.js';
import { UsersService } from '../../accounts/users/users.service.js';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import type { SignUpRequest } from './auth.dto.js';
import { SignInService } from '../issuing/sign-in.service.js';
import { ContestedSignUpsService } from './contested-sign-ups.service.js';
import { NewAccountsService } from '../../accounts/users/new-accounts.service.js';
import { NewSessionsService } from '../../tokens/sessions/new-sessions.service.js';

const PASSWORD = ['pwd']; // RFC 8176

/** Sign-up that signs in at once; where addresses must be proved first, see `SignUpByMailService`. */
@Injectable()
export class SignUpService {
  constructor(
    private readonly users: UsersService,
    private readonly accounts: NewAccountsService,
    private readonly sessions: NewSessionsService,
    private readonly signIn: SignInService,
    private readonly verification: EmailVerificationService,
    private readonly contested: ContestedSignUpsService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Makes an account and signs it in.
   * @throws WeakPassword, EmailTaken, Overloaded, ClaimsUnavailable when the account is made and its token is not
   */
  async signUp({ email, password, name = null }: SignUpRequest, actor: Actor) {
    return this.contested.signUp({ email, password, name }, actor, (hash) =>
      this.make(email, name, hash, actor),
    );
  }

  private async make(email: string, name: string | null, passwordHash: string, actor: Actor) {
    const draft = this.accounts.draft(email, { name, passwordHash, locale: actor.locale });
    const { id } = draft.user;
    const live = this.sessions.begin(id, null, PASSWORD, actor);
    await this.accounts.make([
      ...draft.statements,
      live.statement,
      this.audit.event({ action: 'user.signed_up', target: { kind: 'user', id }, by: id }, actor),
    ]);
    await this.verification.send(draft.user, actor);
    const found = (await this.users.findById(id))!;
    return this.signIn.signUp(live, found, actor);
  }
}
