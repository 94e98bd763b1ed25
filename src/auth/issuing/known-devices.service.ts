import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { derivedKey } from '../../platform/config/derived-key.js';
import { Settings } from '../../platform/config/settings.js';
import type { User } from '../../accounts/users/user.entity.js';
import { Database } from '../../platform/database/database.service.js';
import { deviceOf, deviceToken } from './device-token.js';

/** Of the answer that hands the token out, and of the login that sends it back. */
export const DEVICE_TOKEN_HEADER = 'device-token';

interface EpochRow {
  id: string;
  epoch: string | number | null;
}

/** What a device token must match; on the account that has the address by now, for it may be a new one. */
const STANDING = `SELECT u.id, e.epoch FROM users u LEFT JOIN device_epochs e ON e.user_id = u.id WHERE u.email = :email`;
/** What the epoch wraps around at: a token has three bytes for it. */
const EPOCHS = 2 ** 24;

/**
 * Knows devices that have signed in before again, so that guesses at an account cannot keep its owner out (OWASP, "Slow
 * down online guessing attacks with device cookies"). Nothing is stored of a device, and one number of a user: device
 * tokens end with the sign-ins that they came from.
 */
@Injectable()
export class KnownDevices {
  private readonly keys: [current: Buffer, ...earlier: Buffer[]];

  constructor(
    { GATEHOUSE_SECRET, GATEHOUSE_SECRET_PREVIOUS }: Settings,
    private readonly database: Database,
  ) {
    const earlier = GATEHOUSE_SECRET_PREVIOUS ? [derivedKey(GATEHOUSE_SECRET_PREVIOUS, 'device-token')] : [];
    this.keys = [derivedKey(GATEHOUSE_SECRET, 'device-token'), ...earlier];
  }

  /** The id of the device that a token was made for, when it has signed in to the account of this address. */
  async idOf(token: string | undefined, email: string): Promise<string | undefined> {
    const device = token === undefined ? undefined : deviceOf(token, email, Date.now(), this.keys);
    // After the MAC: the time of the look-up tells only a holder of such a token whether the address is known.
    if (!device) return undefined;
    const [row] = await this.database.query<EpochRow>(STANDING, { email });
    const isKnown = row?.id === device.userId && epochOf(row) === device.epoch;
    return isKnown ? device.deviceId : undefined;
  }

  /**
   * The token for a device on which a user has just signed in; it keeps its id.
   * @param epoch as it was when the session began
   */
  tokenFor(
    { id, email }: Pick<User, 'id' | 'email'>,
    epoch: number,
    deviceId = randomBytes(12).toString('base64url'),
  ): string {
    const device = { userId: id, deviceId, epoch: epoch % EPOCHS };
    return deviceToken(device, email, Date.now(), this.keys[0]);
  }
}

function epochOf({ epoch }: EpochRow): number {
  return Number(epoch ?? 0) % EPOCHS;
}
