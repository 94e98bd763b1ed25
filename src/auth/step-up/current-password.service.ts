import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { AttemptsService } from '../limits/attempts.service.js';
import { PasswordsService } from '../users/passwords.service.js';
import type { User } from '../users/user.entity.js';
import { WrongPassword } from './auth.errors.js';

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
    const attempt = await this.attempts.begin('login', email, actor, device, async () => id);
    const isRight = await this.passwords
      .verify(password, passwordHash, actor)
      .catch(async (error: unknown) => {
        await this.attempts.forgive(attempt);
        throw error;
      });
    if (!isRight) throw new WrongPassword(field);
    await this.attempts.forgive(attempt);
  }
}
