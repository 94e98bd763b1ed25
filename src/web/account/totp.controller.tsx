import { Body, Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  AuthenticatedBy,
  CurrentPrincipal,
  Scopes,
  StepUp,
} from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { readForm, type FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { refusalText, type ProblemText } from '../views/problem-texts.js';
import { BROWSER } from '../views/visitors.service.js';
import { AccountPagesService } from './account-pages.service.js';
import { TotpForm } from './account.forms.js';
import { ConfirmView } from './confirm.view.js';
import { RecoveryCodesView } from './recovery-codes.view.js';
import { TotpView } from './totp.view.js';
import { CodeSetUpService } from '../../accounts/factors/code-set-up.service.js';

/** As long as any that is made here; it comes back with the form, so that the same picture is shown again. */
const URI = /^otpauth:\/\/totp\/[\x21-\x7e]{1,1000}$/;

/** The authenticator application: set up with a picture or a key, confirmed with a code, and removed. */
@ApiExcludeController()
@Controller('account/totp')
@AuthenticatedBy(BROWSER)
@Scopes('account:write')
@StepUp({ maxAge: '5m' })
export class TotpController {
  constructor(
    private readonly setUp: CodeSetUpService,
    private readonly account: AccountPagesService,
  ) {}

  @Page('/')
  ask(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    const view = (
      <ConfirmView text="totp.ask" action="/account/totp" button="totp.begin" back="/account/security" />
    );
    return this.account.show(request, reply, 'security', view, { title: 'totp.title' });
  }

  @PageForm('/')
  async begin(
    @CurrentPrincipal() { id }: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    try {
      return this.page(request, reply, (await this.setUp.setUpTotp(id)).uri);
    } catch (error) {
      const { problem, status } = refusalText(error);
      const props = { text: 'totp.ask', action: '/account/totp', button: 'totp.begin' } as const;
      const view = <ConfirmView {...props} back="/account/security" problem={problem} />;
      return this.account.show(request, reply, 'security', view, { title: 'totp.title', status });
    }
  }

  @PageForm('confirm')
  async confirm(
    @Body() body: FormBody,
    @CurrentPrincipal() { id }: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const uri = body['uri'] ?? '';
    const { value } = readForm(TotpForm, body, { code: 'error.code' });
    try {
      const codes = await this.setUp.confirmTotp(id, value?.code ?? '', actorOf(request));
      return this.account.show(request, reply, 'security', <RecoveryCodesView codes={codes} />, {
        title: 'recovery.title',
        address: '/account/security',
      });
    } catch (error) {
      const { problem, status } = refusalText(error);
      return URI.test(uri) ? this.page(request, reply, uri, problem, status) : this.ask(request, reply);
    }
  }

  @Page('remove')
  askToRemove(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    const props = {
      text: 'totp.removeText',
      action: '/account/totp/remove',
      button: 'security.remove',
    } as const;
    const view = <ConfirmView {...props} back="/account/security" isDangerous />;
    return this.account.show(request, reply, 'security', view, { title: 'totp.removeTitle' });
  }

  @PageForm('remove')
  async remove(
    @CurrentPrincipal() { id }: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<undefined> {
    await this.setUp.removeTotp(id, actorOf(request));
    return this.account.done(reply, '/account/security', 'removed');
  }

  private page(
    request: FastifyRequest,
    reply: FastifyReply,
    uri: string,
    problem?: ProblemText,
    status?: number,
  ): string {
    const view = <TotpView uri={uri} problem={problem} />;
    return this.account.show(request, reply, 'security', view, {
      title: 'totp.title',
      status,
      address: '/account/totp',
    });
  }
}
