import { Body, Controller, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PasswordResetRequestService } from '../../auth/by-mail/password-reset-request.service.js';
import { Limited, Public } from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { readForm, type FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { refusalText } from '../views/problem-texts.js';
import { returnAddress } from '../views/return-address.js';
import { AskResetView, type AskResetProps } from './ask-reset.view.js';
import { CheckMailView } from '../views/check-mail.view.js';
import { AddressForm } from './login.forms.js';

/** Asks for the mail with which another password is chosen. */
@ApiExcludeController()
@Controller()
export class ResetController {
  constructor(
    private readonly reset: PasswordResetRequestService,
    private readonly pages: PagesService,
  ) {}

  @Page('reset')
  @Public()
  show(
    @Query() query: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): string {
    const next = returnAddress(query['continue']);
    return this.page(request, reply, { next, email: String(query['login_hint'] ?? '') });
  }

  /** Answers the same, and as late, whether there is an account or not. */
  @PageForm('reset')
  @Public()
  @Limited('password_reset')
  async ask(
    @Body() body: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const email = body['email'] ?? '';
    const next = returnAddress(body['continue']);
    const { value, errors } = readForm(AddressForm, body, { email: 'error.email' });
    if (!value) return this.page(request, reply, { next, email, errors }, 400);
    try {
      await this.reset.request(value.email, actorOf(request));
    } catch (error) {
      const { problem, status } = refusalText(error);
      return this.page(request, reply, { next, email, problem }, status);
    }
    const view = (
      <CheckMailView
        purpose="reset"
        email={value.email}
        again="/reset"
        next={next}
        wasSentAgain={body['again'] !== undefined}
      />
    );
    return this.pages.show(request, reply, view, { title: 'checkMail.title', address: '/login' });
  }

  private page(request: FastifyRequest, reply: FastifyReply, props: AskResetProps, status?: number): string {
    const address = `/reset?continue=${encodeURIComponent(props.next)}`;
    return this.pages.show(request, reply, <AskResetView {...props} />, {
      title: 'reset.title',
      address,
      ...(status && { status }),
    });
  }
}
