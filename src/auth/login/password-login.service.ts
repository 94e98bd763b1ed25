import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { NO_SECOND_FACTOR } from '../../accounts/factors/second-factors.service.js';
import { AttemptsService, type Attempt } from '../../platform/limits/attempts.service.js';
import { UsersService } from '../../accounts/users/users.service.js';
import type { LogInRequest } from './auth.dto.js';
import { InvalidCredentials } from '../issuing/auth.errors.js';
import { KnownDevices } from '../issuing/known-devices.service.js';
import { SecondStepService } from './second-step.service.js';
import { SignInService } from '../issuing/sign-in.service.js';
import { FirstStepService } from './first-step.service.js';

const PASSWORD = ['pwd']; // RFC 8176
const MAX_TRIES = 3;

/** Signing in with a password, and with a second step where there is a second factor. */
@Injectable()
export class PasswordLoginService {
  constructor(
    private readonly users: UsersService,
    private readonly signIn: SignInService,
    private readonly firstStep: FirstStepService,
    private readonly secondStep: SecondStepService,
    private readonly attempts: AttemptsService,
    private readonly devices: KnownDevices,
  ) {}

  /**
   * Signs in with a password. Unknown addresses cost the same, wait the same and are answered the same.
   * @param deviceToken what the device got at an earlier sign-in
   * @throws InvalidCredentials, InvalidScope, MfaRequired, Overloaded, TooManyRequests
   */
  async logIn(body: LogInRequest, actor: Actor, deviceToken?: string) {
    const deviceId = await this.devices.idOf(deviceToken, body.email);
    const whose = async () => (await this.users.findByEmail(body.email))?.user.id;
    const guess = { limit: 'login' as const, account: body.email, device: deviceId, whose };
    return this.attempts.around(guess, actor, InvalidCredentials, async (attempt) => {
      const signedIn = await this.tryPassword(body, attempt, deviceId, actor);
      return { ...signedIn, headers: attempt.headers };
    });
  }

  private async tryPassword(
    { email, password, scope }: LogInRequest,
    attempt: Attempt,
    deviceId: string | undefined,
    actor: Actor,
  ) {
    for (let tries = 1; ; tries++) {
      const found = await this.firstStep.check(email, password, attempt, actor);
      const scopes = this.signIn.scopesFor(found, scope);
      const passwordHash = await this.firstStep.hashToKeep(found.user, password, actor);
      const statements = this.attempts.succeeding(attempt);
      const login = { found, passwordHash, scopes, amr: PASSWORD, statements, deviceId };
      const { signedIn } = await this.signIn.begin({ ...login, onlyIf: NO_SECOND_FACTOR }, actor);
      if (signedIn) return signedIn;
      const asks = { passwordHash, scopes, ...(deviceId && { deviceId }) };
      const { asked } = await this.secondStep.ask(found, asks, actor);
      if (asked) throw asked;
      // The account changed while the password was hashed; look again.
      if (tries === MAX_TRIES) throw new InvalidCredentials(attempt.headers);
    }
  }
}
