import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import {
  CurrentActor,
  Limited,
  Public,
  Scopes,
  SessionOnly,
} from '../../platform/access/access.decorators.js';
import {
  ApiAcceptedResponse,
  ApiNoContentResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { AsksForSecondFactor } from '../../platform/http/api-docs.js';
import type { Actor } from '../../platform/access/actor.js';
import { EmailVerificationService } from '../../accounts/users/email-verification.service.js';
import { EmailChangeService } from './email-change.service.js';
import { AddressRequest, ChangeEmail, ConfirmAddress, ResetPassword } from './email.dto.js';
import { AddressProofService } from './address-proof.service.js';
import { SentSession } from './sent-session.service.js';
import type { FastifyRequest } from 'fastify';
import { PasswordResetService } from './password-reset.service.js';
import { PasswordResetRequestService } from './password-reset-request.service.js';
import { EmailChangeRequestService } from './email-change-request.service.js';

/** What people do by mail. Asking is answered 202 with nothing in it, in every case. */
@ApiTags('By mail')
@Controller('v1')
export class EmailController {
  constructor(
    private readonly verification: EmailVerificationService,
    private readonly changeRequest: EmailChangeRequestService,
    private readonly change: EmailChangeService,
    private readonly resetRequest: PasswordResetRequestService,
    private readonly reset: PasswordResetService,
    private readonly proofs: AddressProofService,
    private readonly sessions: SentSession,
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
  async confirmVerification(
    @Body() { token, password }: ConfirmAddress,
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const sessionOf = await this.sessions.ownerOf(request);
    await this.proofs.confirm(token, { sessionOf, password }, actor);
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
    await this.changeRequest.request(body, actor);
  }

  @Post('auth/email/change/confirm')
  @HttpCode(204)
  @Public()
  @Limited('emailed_token')
  @ApiOperation({
    summary: 'Prove the new address with the token of the link; the account has it from now on',
  })
  async confirmChange(
    @Body() { token, password }: ConfirmAddress,
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const sessionOf = await this.sessions.ownerOf(request);
    await this.change.confirm(token, { sessionOf, password }, actor);
  }

  @Post('auth/password/reset')
  @HttpCode(202)
  @Public()
  @Limited('password_reset')
  @ApiOperation({ summary: 'Have a link sent with which to choose a new password' })
  @ApiAcceptedResponse()
  async requestReset(@Body() { email }: AddressRequest, @CurrentActor() actor: Actor): Promise<void> {
    await this.resetRequest.request(email, actor);
  }

  @Post('auth/password/reset/confirm')
  @HttpCode(204)
  @Public()
  @Limited('emailed_token')
  @ApiOperation({ summary: 'Choose a new password with the token of the link; every session ends' })
  @ApiNoContentResponse()
  @AsksForSecondFactor('SecondFactorNeeded')
  async confirmReset(@Body() body: ResetPassword, @CurrentActor() actor: Actor): Promise<void> {
    await this.reset.confirm(body, actor);
  }
}
