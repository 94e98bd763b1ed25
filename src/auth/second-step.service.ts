import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { Database, UnexpectedCount } from '../database/database.service.js';
import { ChallengesService, type LiveChallenge } from '../factors/challenges.service.js';
import {
  InvalidChallenge,
  InvalidPasskey,
  MfaRequired,
  WrongCode,
  type Method,
} from '../factors/factors.errors.js';
import {
  SecondFactorsService,
  type Proof,
  type SecondFactorAnswer,
} from '../factors/second-factors.service.js';
import { AttemptsService, type Attempt } from '../limits/attempts.service.js';
import { NoticesService } from '../mail/notices.service.js';
import { EmailVerificationService } from '../users/email-verification.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService, type UserWithRights } from '../users/users.service.js';
import type { MfaChallengeRequest } from './auth.dto.js';
import { SignInService } from './sign-in.service.js';

const PURPOSE = 'login';

/** The second step of a login, for whoever has a second factor. */
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
    private readonly notices: NoticesService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Asks for the second factor, in place of a session; `undefined` when the account is not what it was when the
   * password was checked.
   */
  async ask(
    { user }: UserWithRights,
    { passwordHash, scopes, methods }: { passwordHash: string; scopes: string[] | null; methods: Method[] },
    actor: Actor,
  ): Promise<MfaRequired | undefined> {
    const detail = { scopes, boundTo: digestOf(passwordHash) };
    const challenge = this.challenges.begin(PURPOSE, user.id, detail);
    const target = { kind: 'user', id: user.id };
    const holding = this.users.replacingHash(user, passwordHash);
    try {
      await this.database.atomically([
        holding,
        challenge.statement,
        this.audit.event({ action: 'login.challenged', target, by: user.id }, actor),
      ]);
      return new MfaRequired(methods, challenge);
    } catch (error) {
      if (error instanceof UnexpectedCount) return undefined;
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
    const attempt = await this.attempts.begin('second_factor', found.user.id, actor);
    try {
      const proof = await this.proofOf(found.user, answer, actor);
      const signedIn = await this.begin(found, challenge, proof, attempt, actor);
      if (!signedIn) throw new InvalidChallenge();
      await this.attempts.succeeded(attempt);
      if (proof.notice) this.notices.tell(proof.notice, found.user.email, actor);
      return signedIn;
    } catch (error) {
      const isWrong = error instanceof WrongCode || error instanceof InvalidPasskey;
      if (!isWrong) await this.attempts.forgive(attempt);
      throw error;
    }
  }

  private async proofOf(user: User, answer: SecondFactorAnswer, actor: Actor): Promise<Proof> {
    try {
      return await this.factors.prove(user, answer, await this.factors.methodsOf(user.id), actor);
    } catch (error) {
      if (error instanceof WrongCode) return this.refuse(user.id, new WrongCode(401), actor);
      if (error instanceof InvalidPasskey) return this.refuse(user.id, error, actor);
      throw error;
    }
  }

  private async begin(
    found: UserWithRights,
    challenge: LiveChallenge,
    proof: Proof,
    attempt: Attempt,
    actor: Actor,
  ) {
    const using = this.challenges.using(challenge);
    const { passwordHash } = found.user;
    const amr = [...new Set(['pwd', ...proof.amr, 'mfa'])];
    const scopes = challenge.detail['scopes'] as string[] | null;
    const statements = [using, ...proof.statements, ...this.attempts.succeeding(attempt)];
    try {
      return await this.signIn.begin({ found, passwordHash, scopes, amr, statements }, actor);
    } catch (error) {
      if (!(error instanceof UnexpectedCount)) throw error;
      if (error.statement === using) throw new InvalidChallenge();
      return this.refuse(found.user.id, new WrongCode(401), actor);
    }
  }

  private async refuse(id: string, refusal: WrongCode | InvalidPasskey, actor: Actor): Promise<never> {
    this.signIn.count('failed');
    const detail = { reason: refusal.code };
    await this.audit.record({ action: 'login.failed', target: { kind: 'user', id }, detail }, actor);
    throw refusal;
  }
}

/** So that a challenge is void once the password has changed, and holds no copy of its hash. */
function digestOf(passwordHash: string | null): string {
  return createHash('sha256')
    .update(passwordHash ?? '')
    .digest('base64url');
}
