import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CurrentActor, Limited, Public } from '../../platform/access/access.decorators.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { JsonObjectOf } from '../../platform/http/api-docs.js';
import type { Actor } from '../../platform/access/actor.js';
import { PasskeysService } from '../../accounts/factors/passkeys.service.js';
import { PasskeyLogInRequest, SignedInResponse } from './auth.dto.js';
import { PasskeyLoginService } from './passkey-login.service.js';
import { TokenDelivery } from '../issuing/token-delivery.service.js';

@ApiTags('Sign-in')
@Controller('v1/auth/passkeys')
export class PasskeyLoginController {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly login: PasskeyLoginService,
    private readonly delivery: TokenDelivery,
  ) {}

  @Post('options')
  @HttpCode(200)
  @Public()
  @Limited('passkey')
  @ApiOperation({ summary: 'What navigator.credentials.get() needs, for five minutes' })
  @JsonObjectOf('PublicKeyCredentialRequestOptionsJSON of WebAuthn Level 3')
  options() {
    return this.passkeys.optionsToUse();
  }

  @Post()
  @HttpCode(200)
  @Public()
  @Limited('passkey')
  @ApiOperation({ summary: 'Sign in with a passkey, without a password' })
  @ApiOkResponse({ type: SignedInResponse })
  async logIn(
    @Body() { passkey, scope, session }: PasskeyLogInRequest,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInResponse> {
    this.delivery.refuseForeignSignIn(session, reply);
    const { tokens, user } = await this.login.logIn(passkey, scope, actor);
    return { ...(await this.delivery.deliverSignIn(tokens, session, reply, actor)), user };
  }
}
