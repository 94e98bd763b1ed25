import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Database, outdated, Outdated, UnexpectedCount } from '../../platform/database/database.service.js';
import { ChallengesService, type LiveChallenge } from '../../accounts/factors/challenges.service.js';
import {
  InvalidChallenge,
  InvalidPasskey,
  MfaRequired,
  WrongCode,
} from '../../accounts/factors/factors.errors.js';
import {
  SecondFactorsService,
  type Proof,
  type SecondFactorAnswer,
} from '../../accounts/factors/second-factors.service.js';
import { AttemptsService } from '../../platform/limits/attempts.service.js';
import { TooManyRequests } from '../../platform/limits/limits.errors.js';
import { EmailVerificationService } from '../../accounts/users/email-verification.service.js';
import { guardUnchanged, replacingHash, type User } from '../../accounts/users/user.entity.js';
import { UsersService, type UserWithRights } from '../../accounts/users/users.service.js';
import type { MfaChallengeRequest } from './auth.dto.js';
import { SignInService } from '../issuing/sign-in.service.js';

const PURPOSE = 'login';

/** What is asked of a user, once the password was right. */
interface Question {
  passwordHash: string;
  scopes: string[] | null;
  /** Of a device that has signed in before. */
  deviceId?: string;
}

/** The second step of a login, for users with a second factor. */
@Injectable()
export class SecondStepService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly factors: SecondFactorsService,
    private readonly challenges: ChallengesService,
    private readonly signIn: SignInService,
    private readonly verification: EmailVerificationService,
    private readonly attempts: AttemptsService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Asks for the second factor, in place of a session; `changed` when there is none, or when the account is not what it
   * was when the password was checked.
   */
  async ask(
    { user }: UserWithRights,
    { passwordHash, scopes, deviceId }: Question,
    actor: Actor,
  ): Promise<{ asked: MfaRequired; changed?: never } | { asked?: never; changed: true }> {
    const methods = await this.factors.methodsOf(user.id);
    if (methods.length === 0) return { changed: true };
    const detail = { scopes, boundTo: digestOf(passwordHash), deviceId: deviceId ?? null };
    const challenge = this.challenges.begin(PURPOSE, user.id, detail);
    const target = { kind: 'user', id: user.id };
    const isSame = passwordHash === user.passwordHash;
    const holding = isSame ? guardUnchanged(user) : replacingHash(user, passwordHash);
    try {
      await this.database.atomically([
        { ...holding, or: outdated },
        challenge.statement,
        this.audit.event({ action: 'login.challenged', target, by: user.id }, actor),
      ]);
      return { asked: new MfaRequired(methods, challenge) };
    } catch (error) {
      if (error instanceof Outdated) return { changed: true };
      throw error;
    }
  }

  /**
   * Signs in with the second factor that was asked for.
   * @throws InvalidChallenge, WrongCode, InvalidPasskey, TooManyRequests, MfaRequired when no answer was sent
   */
  async answer({ challenge_token, ...answer }: Omit<MfaChallengeRequest, 'session'>, actor: Actor) {
    const challenge = await this.challenges.attempt(challenge_token, PURPOSE);
    const found = await this.users.findById(challenge.userId!);
    const isSame = found && digestOf(found.user.passwordHash) === challenge.detail['boundTo'];
    if (!isSame || found.user.status !== 'active' || this.verification.isMissing(found.user))
      throw new InvalidChallenge();
    const proof = await this.proofOf(found.user, challenge, answer, actor);
    const { signedIn } = await this.begin(found, challenge, proof, actor);
    if (!signedIn) throw new InvalidChallenge();
    await this.factors.tell(proof, found.user, actor);
    return signedIn;
  }

  private async proofOf(
    user: User,
    challenge: LiveChallenge,
    answer: SecondFactorAnswer,
    actor: Actor,
  ): Promise<Proof> {
    try {
      const methods = await this.factors.methodsOf(user.id);
      return await this.factors.prove(user, answer, methods, actor, deviceOf(challenge));
    } catch (error) {
      // It was not looked at, so it does not count as one of the five.
      if (error instanceof TooManyRequests) await this.challenges.giveBack(challenge);
      if (error instanceof WrongCode) return this.refuse(user.id, new WrongCode(401), actor);
      if (error instanceof InvalidPasskey) return this.refuse(user.id, error, actor);
      throw error;
    }
  }

  private async begin(found: UserWithRights, challenge: LiveChallenge, proof: Proof, actor: Actor) {
    const using = { ...this.challenges.using(challenge), or: () => new InvalidChallenge() };
    const { passwordHash, email } = found.user;
    const deviceId = deviceOf(challenge);
    const amr = [...new Set(['pwd', ...proof.amr, 'mfa'])];
    const scopes = challenge.detail['scopes'] as string[] | null;
    // The password was right, too; only now may that be of use.
    const statements = [using, ...proof.statements, ...this.attempts.forgetting('login', email, deviceId)];
    try {
      return await this.signIn.begin({ found, passwordHash, scopes, amr, statements, deviceId }, actor);
    } catch (error) {
      // Another request was faster with the same code.
      if (error instanceof UnexpectedCount) return this.refuse(found.user.id, new WrongCode(401), actor);
      throw error;
    }
  }

  private async refuse(id: string, refusal: WrongCode | InvalidPasskey, actor: Actor): Promise<never> {
    this.signIn.count('failed');
    const detail = { reason: refusal.code };
    await this.audit.record({ action: 'login.failed', target: { kind: 'user', id }, detail }, actor);
    throw refusal;
  }
}

function deviceOf({ detail }: LiveChallenge): string | undefined {
  return (detail['deviceId'] as string | null | undefined) ?? undefined;
}

/** So that a challenge is void once the password has changed, and holds no copy of its hash. */
function digestOf(passwordHash: string | null): string {
  return createHash('sha256')
    .update(passwordHash ?? '')
    .digest('base64url');
}
