import { Injectable } from '@nestjs/common';
import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import type { Actor } from '../../platform/access/actor.js';
import { isUniqueViolation } from '../../platform/database/database.errors.js';
import { UsersService } from '../users/users.service.js';
import { ChallengesService } from './challenges.service.js';
import { FactorChangesService } from './factor-changes.service.js';
import { InvalidPasskey, noPasskey } from './factors.errors.js';
import type { Passkey } from './passkey.entity.js';
import { PasskeysService } from './passkeys.service.js';
import { RecoveryCodesService } from './recovery-codes.service.js';
import { SecondFactorsService } from './second-factors.service.js';

/** Passkeys: added, renamed and taken away. */
@Injectable()
export class PasskeySetUpService {
  constructor(
    private readonly users: UsersService,
    private readonly factors: SecondFactorsService,
    private readonly changes: FactorChangesService,
    private readonly passkeys: PasskeysService,
    private readonly recoveryCodes: RecoveryCodesService,
    private readonly challenges: ChallengesService,
  ) {}

  /**
   * Adds a passkey. With the first second factor come recovery codes; later, those from before stay.
   * @throws InvalidPasskey
   */
  async add(userId: string, response: RegistrationResponseJSON, name: string, actor: Actor) {
    const { user } = await this.users.get(userId);
    const { passkey, statement } = await this.passkeys.registering(userId, response, name);
    const isFirst = (await this.factors.methodsOf(userId)).length === 0;
    const { codes, statements: making } = this.recoveryCodes.making(userId);
    const statements = isFirst ? [statement, ...making] : [statement];
    const notice = 'second_factor_added';
    try {
      await this.changes.make(user, { action: 'user.passkey_added', statements, or: notKept, notice }, actor);
    } catch (error) {
      throw isUniqueViolation(error) ? new InvalidPasskey('registered already') : error;
    }
    return { passkey, recoveryCodes: isFirst ? codes : undefined };
  }

  /** @throws NotFound */
  async rename(userId: string, id: string, name: string, actor: Actor): Promise<Passkey> {
    const { user } = await this.users.get(userId);
    const statements = [this.passkeys.renaming(userId, id, name)];
    await this.changes.make(user, { action: 'user.passkey_renamed', statements, or: noPasskey }, actor);
    const renamed = (await this.passkeys.of(userId)).find((passkey) => passkey.id === id);
    if (!renamed) throw noPasskey();
    return renamed;
  }

  /** Removes a passkey, and the recovery codes with the last factor. @throws NotFound */
  async remove(userId: string, id: string, actor: Actor): Promise<void> {
    const { user } = await this.users.get(userId);
    const statements = [
      this.passkeys.removing(userId, id),
      this.recoveryCodes.removingWithLastFactor(userId),
      this.challenges.endingAllOf(userId),
    ];
    const action = 'user.passkey_removed';
    const notice = 'second_factor_removed';
    await this.changes.make(user, { action, statements, or: noPasskey, notice }, actor);
  }
}

const notKept = () => new InvalidPasskey('not kept');
