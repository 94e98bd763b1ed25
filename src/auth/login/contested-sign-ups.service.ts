import { Injectable } from '@nestjs/common';
import { PasswordsService } from '../../accounts/users/passwords.service.js';
import { contesting, type User } from '../../accounts/users/user.entity.js';
import { EmailTaken } from '../../accounts/users/users.errors.js';
import { UsersService } from '../../accounts/users/users.service.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.service.js';

/**
 * Sign-ups with the address of an account. While the address is not proved, either of the two may be its owner, and the
 * link that the first one sent no longer speaks for its password (account pre-hijacking).
 */
@Injectable()
export class ContestedSignUpsService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
  ) {}

  /**
   * Makes an account with the hash of its password, unless there is one with the address: that is noted then. Costs one
   * hash and the same statements whatever the password is, so that neither the answer nor its time says whether one is right.
   * @throws WeakPassword, EmailTaken, Overloaded
   */
  async signUp<T>(
    { email, password, name }: { email: string; password: string; name: string | null },
    actor: Actor,
    make: (passwordHash: string) => Promise<T>,
  ): Promise<T> {
    await this.passwords.refuseWeak(password, { email, name });
    if (await this.isTaken(email, password, actor)) throw new EmailTaken();
    const passwordHash = await this.passwords.hash(password, actor);
    try {
      return await make(passwordHash);
    } catch (error) {
      // Another sign-up of the same moment was faster.
      if (error instanceof EmailTaken) await this.isTaken(email, password, actor);
      throw error;
    }
  }

  private async isTaken(email: string, password: string, actor: Actor): Promise<boolean> {
    const found = await this.users.findByEmail(email);
    if (!found) return false;
    const isSame = await this.isSamePassword(found.user, password, actor);
    await this.database.run(contesting(found.user.id, isSame ? null : new Date()));
    return true;
  }

  /** Two clicks send one sign-up twice: that is the same person. */
  private async isSamePassword({ emailVerifiedAt, passwordHash }: User, password: string, actor: Actor) {
    // A hash from elsewhere takes its own time, which would be seen.
    const isComparable = emailVerifiedAt === null && passwordHash && !this.passwords.isOutdated(passwordHash);
    if (isComparable) return this.passwords.verify(password, passwordHash, actor);
    await this.passwords.hash(password, actor);
    return false;
  }
}
