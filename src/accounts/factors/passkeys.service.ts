import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Settings } from '../../platform/config/settings.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import type { User } from '../users/user.entity.js';
import { ChallengesService } from './challenges.service.js';
import { InvalidPasskey } from './factors.errors.js';
import { Passkey } from './passkey.entity.js';
import { asSpecified, isHandleOf } from './passkey-spelling.js';

const MAX_PER_USER = 50;
/** In base64url: 1023 bytes (WebAuthn §5.8.3), and some room. */
const MAX_CREDENTIAL_ID = 1400;
/** WebAuthn §5.8.4; what else a browser says of itself does not help to find the authenticator again. */
const TRANSPORTS = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const;
const TO_REGISTER = 'passkey_registration';
const TO_USE = 'passkey';
/**
 * EdDSA, ES256 and RS256, as the IANA registers them for COSE: what every Node can verify. One that offered more would
 * leave passkeys that a node on an older one refuses.
 */
const ALGORITHMS = { supportedAlgorithmIDs: [-8, -7, -257] };
/** An authenticator that counts never says the same number twice (WebAuthn §6.1.1). */
const USE = `UPDATE passkeys SET counter = :counter, last_used_at = :now
  WHERE id = :id AND (counter < :counter OR (counter = 0 AND :counter = 0))`;

/** A passkey that was shown, whose it is, and the statement that notes its use. */
export interface ShownPasskey {
  userId: string;
  /** RFC 8176: a key in hardware or one that is copied about, and whose owner was there and was verified. */
  amr: string[];
  using: Statement;
}

/** Passkeys (WebAuthn Level 3), for the host and the origin of `PUBLIC_URL` alone. */
@Injectable()
export class PasskeysService {
  private readonly rpId: string;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly challenges: ChallengesService,
    private readonly audit: AuditService,
    @InjectRepository(Passkey) private readonly passkeys: Repository<Passkey>,
  ) {
    this.rpId = new URL(settings.PUBLIC_URL).hostname;
  }

  /** All passkeys of a user, oldest first. There are never many. */
  of(userId: string): Promise<Passkey[]> {
    return this.passkeys.find({ where: { userId }, order: { id: 'ASC' } });
  }

  /** For `navigator.credentials.create()`. */
  async optionsToRegister({ id, email, name }: User) {
    const { token, expiresIn, statement } = this.challenges.begin(TO_REGISTER, id);
    await this.database.run(statement);
    const known = await this.of(id);
    const { generateRegistrationOptions } = await webauthn();
    return generateRegistrationOptions({
      rpName: this.settings.APP_NAME,
      rpID: this.rpId,
      userID: new TextEncoder().encode(id),
      userName: email,
      userDisplayName: name ?? email,
      challenge: new Uint8Array(Buffer.from(token, 'base64url')),
      excludeCredentials: known.map(({ credentialId, transports }) => ({ id: credentialId, transports })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestationType: 'none',
      ...ALGORITHMS,
      timeout: expiresIn * 1000,
    });
  }

  /** A new passkey and the statement that keeps it. @throws InvalidPasskey, also for a user who has many already */
  async registering(userId: string, sent: RegistrationResponseJSON, name: string) {
    const response = asSpecified(sent);
    const expectedChallenge = challengeIn(response);
    const challenge = await this.challenges.take(expectedChallenge, TO_REGISTER);
    if (challenge?.userId !== userId) throw new InvalidPasskey('the challenge');
    const { verifyRegistrationResponse } = await webauthn();
    const { verified, registrationInfo } = await orInvalid(() =>
      verifyRegistrationResponse({ response, expectedChallenge, ...this.expected, ...ALGORITHMS }),
    );
    if (!verified) throw new InvalidPasskey('not verified');
    const { credential, credentialDeviceType } = registrationInfo;
    if (credential.id.length > MAX_CREDENTIAL_ID) throw new InvalidPasskey('an id that is too long');
    const passkey: Passkey = {
      id: uuidv7(),
      userId,
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      transports: transportsIn(credential.transports),
      device: credentialDeviceType,
      name,
      createdAt: new Date(),
      lastUsedAt: null,
    };
    const known = await this.passkeys.countBy({ userId });
    if (known >= MAX_PER_USER) throw new InvalidPasskey('too many');
    return { passkey, statement: this.database.insert(Passkey, passkey) };
  }

  /** For `navigator.credentials.get()`. It does not say whose passkey it is to be, so that it reveals no account. */
  async optionsToUse() {
    const { token, expiresIn, statement } = this.challenges.begin(TO_USE, null);
    await this.database.run(statement);
    const { generateAuthenticationOptions } = await webauthn();
    return generateAuthenticationOptions({
      rpID: this.rpId,
      challenge: new Uint8Array(Buffer.from(token, 'base64url')),
      userVerification: 'required',
      timeout: expiresIn * 1000,
    });
  }

  /** @throws InvalidPasskey, for every reason alike */
  async shown(sent: AuthenticationResponseJSON, actor: Actor): Promise<ShownPasskey> {
    const response = asSpecified(sent);
    const expectedChallenge = challengeIn(response);
    if (!(await this.challenges.take(expectedChallenge, TO_USE))) throw new InvalidPasskey('the challenge');
    const passkey =
      typeof response.id === 'string'
        ? await this.passkeys.findOneBy({ credentialId: response.id.slice(0, MAX_CREDENTIAL_ID) })
        : null;
    if (!passkey) throw new InvalidPasskey('unknown');
    const { id, credentialId, userId } = passkey;
    const { userHandle } = response.response;
    // WebAuthn §7.2 step 6: whose it says it is must be whose it is.
    if (userHandle && !isHandleOf(userId, userHandle)) throw new InvalidPasskey('of another user');
    // The counter is compared below, once the signature is known to be right: a clone is told from a forgery by it.
    const publicKey = new Uint8Array(Buffer.from(passkey.publicKey, 'base64url'));
    const { verifyAuthenticationResponse } = await webauthn();
    const { verified, authenticationInfo } = await orInvalid(() =>
      verifyAuthenticationResponse({
        response,
        expectedChallenge,
        ...this.expected,
        credential: { id: credentialId, publicKey, counter: 0 },
      }),
    );
    if (!verified) throw new InvalidPasskey('the signature');
    const { newCounter: counter } = authenticationInfo;
    if (counter <= passkey.counter && counter + passkey.counter > 0) {
      const detail = { passkey: id, stored: passkey.counter, sent: counter };
      const target = { kind: 'user', id: userId };
      await this.audit.record({ action: 'user.passkey_cloned', target, detail }, actor);
      throw new InvalidPasskey('cloned');
    }
    const amr = [passkey.device === 'singleDevice' ? 'hwk' : 'swk', 'user', 'mfa'];
    return { userId, amr, using: { sql: USE, params: { id, counter, now: Date.now() }, affects: 1 } };
  }

  /** The statement that renames a passkey. */
  renaming(userId: string, id: string, name: string): Statement {
    return this.database.update(Passkey, { id, userId }, { name });
  }

  /** The statement that removes a passkey. */
  removing(userId: string, id: string): Statement {
    const sql = 'DELETE FROM passkeys WHERE id = :id AND user_id = :userId';
    return { sql, params: { id, userId }, affects: 1 };
  }

  private get expected() {
    return {
      expectedOrigin: this.settings.PUBLIC_URL,
      expectedRPID: this.rpId,
      requireUserVerification: true,
    };
  }
}

/** Loaded when it is first needed: it costs a start more than all of our own files. */
const webauthn = () => import('@simplewebauthn/server');

/** The challenge that a response claims to answer. A page in a frame of another site is refused, even one of ours. */
function challengeIn(response: AuthenticationResponseJSON | RegistrationResponseJSON): string {
  try {
    const bytes = Buffer.from(response.response.clientDataJSON, 'base64url');
    const { challenge, crossOrigin } = JSON.parse(bytes.toString()) as Record<string, unknown>;
    if (typeof challenge === 'string' && crossOrigin !== true) return challenge;
  } catch (error) {
    throw new InvalidPasskey(error);
  }
  throw new InvalidPasskey('the client data');
}

/** A browser's own words, which no signature covers. */
function transportsIn(said: unknown): Passkey['transports'] {
  return Array.isArray(said) ? TRANSPORTS.filter((each) => said.includes(each)) : [];
}

/** The library throws at every fault. */
async function orInvalid<T>(verify: () => Promise<T>): Promise<T> {
  try {
    return await verify();
  } catch (error) {
    throw new InvalidPasskey(error);
  }
}
