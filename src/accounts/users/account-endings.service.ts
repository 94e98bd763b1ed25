import { Injectable } from '@nestjs/common';
import type { Statement } from '../../platform/database/database.service.js';
import type { AccountEvent } from '../../tokens/revocation/ending.types.js';
import { Endings } from '../../tokens/revocation/endings.service.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';
import { forgettingLocale } from './user.entity.js';

/** What holds of every token of any kind whose rights may have changed. */
const ENDS_TOKENS: readonly AccountEvent[] = ['disabled', 'evicted'];

/** What ends when something happens to an account. */
@Injectable()
export class AccountEndingsService {
  constructor(
    private readonly endings: Endings,
    private readonly revocations: RevocationsService,
  ) {}

  /**
   * The statements that end what an account has, for the batch of what happens to it. `disabled` and `evicted` end its
   * access tokens too and need `raiseVersion` in the batch; `evicted` leaves the password, which the batch replaces. Where
   * sessions end, the first statement affects as many rows.
   * @param exceptSessionId the session in which it happens, which goes on
   */
  of(userId: string, event: AccountEvent, exceptSessionId = ''): Statement[] {
    const account = { userId, now: new Date(), exceptSessionId, revocations: this.revocations };
    return [
      ...this.endings.rows.filter(({ on }) => on.includes(event)).flatMap(({ end }) => end(account)),
      ...(ENDS_TOKENS.includes(event) ? [this.revocations.ofUser(userId)] : []),
      ...(event === 'evicted' ? [forgettingLocale(userId)] : []),
    ];
  }
}
