import { type HeldRights } from './transfer.types.js';
import { Injectable } from '@nestjs/common';
import { InsufficientScope, InvalidToken, Unauthenticated } from '../../platform/access/access.errors.js';
import { isInside, type Actor } from '../../platform/access/actor.js';
import { SessionsService, stillLive } from '../../tokens/sessions/sessions.service.js';

import { UsersService } from '../../accounts/users/users.service.js';

/**
 * What a caller may still do in the middle of a long request: the guards looked at the token when it began,
 * and it may have ended since.
 */
@Injectable()
export class RightsService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
  ) {}

  /**
   * The actor with what is left of their scopes, and the statements that hold on to it. The operator needs none.
   * @throws Unauthenticated, InvalidToken when the session has ended, InsufficientScope when they lost `scope`
   */
  async of(actor: Actor, scope: string): Promise<HeldRights> {
    const { principal } = actor;
    if (isInside(actor)) return { actor, guards: [] };
    if (!principal) throw new Unauthenticated();
    const found = await this.users.findById(principal.id);
    const { id, sessionId } = principal;
    const isLive = sessionId !== null && (await this.sessions.isLive(sessionId, id));
    if (found?.user.status !== 'active' || !isLive) throw new InvalidToken('it ended in the middle');
    const scopes = principal.scopes.filter((each) => found.scopes.includes(each));
    if (!scopes.includes(scope)) throw new InsufficientScope([scope]);
    return {
      actor: { ...actor, principal: { ...principal, scopes } },
      guards: [this.users.withRights(found), stillLive(sessionId, id)],
    };
  }
}
