import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import type { Statement } from '../../platform/database/database.service.js';
import { AttemptsService } from '../../platform/limits/attempts.service.js';
import { NoticesService, type Addressee } from '../../platform/mail/notices.service.js';
import { AccountEndingsService } from './account-endings.service.js';
import type { User } from './user.entity.js';

/** What goes with a new password, however it came about. */
@Injectable()
export class NewPasswordsService {
  constructor(
    private readonly endings: AccountEndingsService,
    private readonly attempts: AttemptsService,
    private readonly notices: NoticesService,
  ) {}

  /**
   * The statements that follow the one that sets it: everything that was signed in ends, and guesses at the old one no
   * longer count. The first affects as many rows as sessions end.
   * @param event `evicted` needs `raiseVersion` in the batch
   * @param exceptSessionId the session in which it is set, which goes on
   */
  following(
    { id, email }: Pick<User, 'id' | 'email'>,
    event: 'reset' | 'evicted' = 'reset',
    exceptSessionId?: string,
  ): Statement[] {
    return [...this.endings.of(id, event, exceptSessionId), ...this.attempts.forgetting('login', email)];
  }

  /** Tells the owner, after the batch. */
  async tell(owner: Addressee, actor: Actor): Promise<void> {
    await this.notices.tell('password_changed', owner, actor);
  }
}
