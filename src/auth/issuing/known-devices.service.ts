import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { derivedKey } from '../config/derived-key.js';
import { Settings } from '../config/settings.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { deviceOf, deviceToken } from './device-token.js';

/**
 * Knows devices that have signed in before again, so that somebody who guesses at an account cannot keep its owner out
 * (OWASP, "Slow down online guessing attacks with device cookies"). Nothing is stored of them.
 */
@Injectable()
export class KnownDevices {
  private readonly keys: [current: Buffer, ...earlier: Buffer[]];

  constructor(
    { GATEHOUSE_SECRET, GATEHOUSE_SECRET_PREVIOUS }: Settings,
    private readonly users: UsersService,
  ) {
    const earlier = GATEHOUSE_SECRET_PREVIOUS ? [derivedKey(GATEHOUSE_SECRET_PREVIOUS, 'device-token')] : [];
    this.keys = [derivedKey(GATEHOUSE_SECRET, 'device-token'), ...earlier];
  }

  /** The id of the device that a token was made for, when it has signed in to the account of this address. */
  async idOf(token: string | undefined, email: string): Promise<string | undefined> {
    const device = token === undefined ? undefined : deviceOf(token, email, Date.now(), this.keys);
    // Looked up for who has had the address only, so that nobody else learns from the time whether it is known. The
    // account may be a new one by now.
    if (!device || (await this.users.findByEmail(email))?.user.id !== device.userId) return undefined;
    return device.deviceId;
  }

  /** The token for a device on which a user has just signed in; it keeps its id. */
  tokenFor({ id, email }: User, deviceId = randomBytes(12).toString('base64url')): string {
    return deviceToken({ userId: id, deviceId }, email, Date.now(), this.keys[0]);
  }
}
