import { Injectable } from '@nestjs/common';
import { UsersService } from '../../accounts/users/users.service.js';
import type { Actor } from '../../platform/access/actor.js';
import { RepeatedEvents } from '../../platform/audit/repeated-events.service.js';
import { sourceOf } from '../../platform/http/source.js';
import { NoticesService } from '../../platform/mail/notices.service.js';
import { PasswordResetRequestService } from '../by-mail/password-reset-request.service.js';

/** Sign-ups with an address that has an account, of which its owner alone is told. */
@Injectable()
export class TakenAddressesService {
  constructor(
    private readonly users: UsersService,
    private readonly reset: PasswordResetRequestService,
    private readonly notices: NoticesService,
    private readonly repeated: RepeatedEvents,
  ) {}

  /** While the address is unproved, either sign-up may be the owner's: a reset gives the account to the reader of the mail. */
  async answer(email: string, actor: Actor): Promise<void> {
    const refused = { action: 'user.sign_up_refused', detail: { reason: 'email_taken' } };
    await this.repeated.note(sourceOf(actor.ip), refused, actor);
    const owner = (await this.users.findByEmail(email))?.user;
    if (!owner) return;
    if (owner.emailVerifiedAt === null) await this.reset.send(owner, actor);
    else await this.notices.tell('address_in_use', owner, actor);
  }
}
