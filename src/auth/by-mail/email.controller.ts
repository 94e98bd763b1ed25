import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Limited, Public, Scopes, SessionOnly } from '../access/access.decorators.js';
import type { Actor } from '../access/actor.js';
import { EmailVerificationService } from '../users/email-verification.service.js';
import { EmailChangeService } from './email-change.service.js';
import { AddressRequest, ChangeEmail, ConfirmRequest, ResetPassword } from './email.dto.js';
import { PasswordResetService } from './password-reset.service.js';

/** What people do by mail. Asking is answered 202 with nothing in it, whatever there is to be done. */
@ApiTags('By mail')
@Controller('v1')
export class EmailController {
  constructor(
    private readonly verification: EmailVerificationService,
    private readonly change: EmailChangeService,
    private readonly reset: PasswordResetService,
  ) {}

  @Post('auth/email/verification')
  @HttpCode(202)
  @Public()
  @Limited('email_verification')
  @ApiOperation({ summary: 'Have the link that proves your address sent again' })
  @ApiAcceptedResponse()
  async sendVerification(@Body() { email }: AddressRequest, @CurrentActor() actor: Actor): Promise<void> {
    await this.verification.sendAgain(email, actor);
  }

  @Post('auth/email/verification/confirm')
  @HttpCode(204)
  @Public()
  @Limited('emailed_token')
  @ApiOperation({ summary: 'Prove your address with the token of the link' })
  async confirmVerification(@Body() { token }: ConfirmRequest, @CurrentActor() actor: Actor): Promise<void> {
    await this.verification.confirm(token, actor);
  }

  @Post('me/email')
  @HttpCode(202)
  @Scopes('account:write')
  @Limited('email_verification')
  @SessionOnly()
  @ApiTags('Own account')
  @ApiOperation({ summary: 'Ask for another address; it changes once the new one is proved' })
  @ApiAcceptedResponse()
  async changeEmail(@Body() body: ChangeEmail, @CurrentActor() actor: Actor): Promise<void> {
    await this.change.request(body, actor);
  }

  @Post('auth/email/change/confirm')
  @HttpCode(204)
  @Public()
  @Limited('emailed_token')
  @ApiOperation({
    summary: 'Prove the new address with the token of the link; the account has it from now on',
  })
  async confirmChange(@Body() { token }: ConfirmRequest, @CurrentActor() actor: Actor): Promise<void> {
    await this.change.confirm(token, actor);
  }

  @Post('auth/password/reset')
  @HttpCode(202)
  @Public()
  @Limited('password_reset')
  @ApiOperation({ summary: 'Have a link sent with which to choose a new password' })
  @ApiAcceptedResponse()
  async requestReset(@Body() { email }: AddressRequest, @CurrentActor() actor: Actor): Promise<void> {
    await this.reset.request(email, actor);
  }

  @Post('auth/password/reset/confirm')
  @HttpCode(204)
  @Public()
  @Limited('emailed_token')
  @ApiOperation({ summary: 'Choose a new password with the token of the link; every session ends' })
  async confirmReset(@Body() body: ResetPassword, @CurrentActor() actor: Actor): Promise<void> {
    await this.reset.confirm(body, actor);
  }
}
