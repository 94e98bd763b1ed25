import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentActor, Limited, Public } from '../access/access.decorators.js';
import type { Actor } from '../access/actor.js';
import { Settings } from '../config/settings.js';
import { PasskeysService } from '../factors/passkeys.service.js';
import { PasskeyLogInRequest, SignedInResponse } from './auth.dto.js';
import { PasskeyLoginService } from './passkey-login.service.js';
import { deliver } from './token-delivery.js';

@ApiTags('Sign-in')
@Controller('v1/auth/passkeys')
export class PasskeyLoginController {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly login: PasskeyLoginService,
    private readonly settings: Settings,
  ) {}

  @Post('options')
  @HttpCode(200)
  @Public()
  @Limited('passkey')
  @ApiOperation({ summary: 'What navigator.credentials.get() needs, for five minutes' })
  @ApiOkResponse({ schema: { type: 'object' } })
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
    const { tokens, user } = await this.login.logIn(passkey, scope, actor);
    return { ...deliver(tokens, session, reply, this.settings), user };
  }
}
