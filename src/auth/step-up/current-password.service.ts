import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { AttemptsService } from '../../platform/limits/attempts.service.js';
import { PasswordsService } from '../../accounts/users/passwords.service.js';
import type { User } from '../../accounts/users/user.entity.js';
import { WrongPassword } from '../issuing/auth.errors.js';

/** Asks who is signed in already for their password, before something that a stolen token must not be enough for. */
@Injectable()
export class CurrentPasswordService {
  constructor(
    private readonly passwords: PasswordsService,
    private readonly attempts: AttemptsService,
  ) {}

  /**
   * Counts like a guess at a login, of this session alone.
   * @throws WrongPassword, TooManyRequests, Overloaded
   */
  async check(
    { id, email, passwordHash }: User,
    password: string,
    actor: Actor,
    field = 'currentPassword',
  ): Promise<void> {
    const device = actor.principal?.sessionId ?? undefined;
    const guess = { limit: 'login' as const, account: email, device, whose: async () => id };
    await this.attempts.aroundCheck(guess, actor, WrongPassword, async () => {
      if (!(await this.passwords.verify(password, passwordHash, actor))) throw new WrongPassword(field);
    });
  }
}
