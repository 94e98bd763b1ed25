import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { EmailVerificationService } from '../../accounts/users/email-verification.service.js';
import { UsersService, type UserWithRights } from '../../accounts/users/users.service.js';
import { actorOf, type Actor } from '../../platform/access/actor.js';
import { Settings } from '../../platform/config/settings.js';
import { ssoCookie } from '../../platform/http/page-cookies.js';
import type { KnownSession } from '../../tokens/sessions/session.entity.js';
import { SsoSessionsService } from '../../tokens/sessions/sso-sessions.service.js';

/** Who a browser is signed in as, and by which session. */
export interface SignedInBrowser {
  session: KnownSession;
  found: UserWithRights;
  actor: Actor;
}

/** Tells who a browser is signed in as, when another application has sent it here. */
@Injectable()
export class BrowserSessionsService {
  constructor(
    private readonly settings: Settings,
    private readonly sso: SsoSessionsService,
    private readonly users: UsersService,
    private readonly verification: EmailVerificationService,
  ) {}

  /** `undefined` without a sign-in, and for an account that may not sign in any more. */
  async find(request: FastifyRequest): Promise<SignedInBrowser | undefined> {
    const token = ssoCookie(request, this.settings);
    const actor = actorOf(request);
    const session = token === undefined ? undefined : await this.sso.find(token, actor.ip);
    const found = session && (await this.users.findById(session.userId));
    if (!found || found.user.status !== 'active' || this.verification.isMissing(found.user)) return undefined;
    return { session, found, actor };
  }
}
