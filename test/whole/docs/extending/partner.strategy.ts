import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { createHash, timingSafeEqual } from 'node:crypto';
import passport from 'passport';
import { clientPrincipal } from '../../../../src/platform/access/principal.js';

const CHALLENGE = 'Basic realm="partners", charset="UTF-8"';

/** HTTP Basic (RFC 7617) for the one partner whose system knows nothing else. */
@Injectable()
export class PartnerStrategy extends PassportStrategy(passport.Strategy, 'partner') {
  override authenticate({ headers: { authorization = '' } }: { headers: { authorization?: string } }): void {
    const [, encoded = ''] = /^Basic +([\w+/=-]+)$/i.exec(authorization) ?? [];
    const [name, password] = Buffer.from(encoded, 'base64').toString().split(/:(.*)/s);
    const secret = process.env['PARTNER_SECRET'];
    if (secret && name === 'acme' && password !== undefined && isSame(password, secret))
      this.success(clientPrincipal('acme', ['orders:write']));
    else this.fail(CHALLENGE, 401);
  }

  /** For strategies of libraries, which call it to turn what they have verified into a Principal. */
  validate(): never {
    throw new TypeError('not called');
  }
}

/** In a time that tells nothing of the secret, not even its length. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
