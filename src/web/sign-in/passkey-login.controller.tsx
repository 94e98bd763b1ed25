import { Body, Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InvalidPasskey } from '../../accounts/factors/factors.errors.js';
import { PasskeyLoginService } from '../../auth/login/passkey-login.service.js';
import { Limited, Public } from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { passkeyIn, type FormBody } from '../views/forms.js';
import { PageForm } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { returnAddress } from '../views/return-address.js';
import { VisitorsService } from '../views/visitors.service.js';
import { SignInPagesService } from './sign-in-pages.service.js';

/** The sign-in by passkey: what a script got from the authenticator comes as a form, so that the browser goes on. */
@ApiExcludeController()
@Controller()
export class PasskeyPageController {
  constructor(
    private readonly passkeys: PasskeyLoginService,
    private readonly visitors: VisitorsService,
    private readonly pages: PagesService,
    private readonly signIn: SignInPagesService,
  ) {}

  @PageForm('login/passkey')
  @Public()
  @Limited('passkey')
  async logIn(
    @Body() body: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const next = returnAddress(body['continue']);
    const passkey = passkeyIn(body);
    try {
      if (!passkey) throw new InvalidPasskey('none was sent');
      const { tokens } = await this.passkeys.logIn(passkey, undefined, actorOf(request));
      await this.visitors.signIn(request, reply, tokens);
      return this.pages.goOn(request, reply, next);
    } catch (error) {
      const isUnknown = error instanceof InvalidPasskey && error.cause === 'unknown';
      const unknownPasskey = isUnknown && typeof passkey?.id === 'string' ? passkey.id : undefined;
      return this.signIn.refused(request, reply, error, { next, unknownPasskey });
    }
  }
}
