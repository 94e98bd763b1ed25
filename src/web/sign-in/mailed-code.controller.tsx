import { Body, Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { VNode } from 'preact';
import { AddressProofService, type AccountProof } from '../../auth/by-mail/address-proof.service.js';
import { EmailChangeService } from '../../auth/by-mail/email-change.service.js';
import { PasswordResetService } from '../../auth/by-mail/password-reset.service.js';
import { Limited, Public } from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import { Settings } from '../../platform/config/settings.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { normaliseCode } from '../../platform/http/fields.js';
import { passkeyIn, readForm, unequal, type FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { refusalText, type ProblemText } from '../views/problem-texts.js';
import type { TextKey } from '../views/texts.types.js';
import { VisitorsService } from '../views/visitors.service.js';
import { ConfirmAddressView } from './confirm-address.view.js';
import { DoneView } from '../views/done.view.js';
import { NewPasswordForm } from './login.forms.js';
import { MailedCodeView } from '../views/mailed-code.view.js';
import { NewPasswordView, type NewPasswordProps } from './new-password.view.js';

/** What a mail carries behind `/account#`: the purpose and the token. Taken out of the pasted text. */
const MAILED = /(?:^|[^\w-])([vcr])\.([\w-]{43})(?![\w-])/;

/** What is done with the links in mail. Looking changes nothing; a button does. */
@ApiExcludeController()
@Controller()
export class MailedCodeController {
  constructor(
    private readonly settings: Settings,
    private readonly proofs: AddressProofService,
    private readonly visitors: VisitorsService,
    private readonly change: EmailChangeService,
    private readonly reset: PasswordResetService,
    private readonly pages: PagesService,
  ) {}

  @Page('code')
  @Public()
  show(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    return this.page(request, reply, <MailedCodeView />, 'code.title');
  }

  @PageForm('code')
  @Public()
  @Limited('emailed_token')
  async look(
    @Body() { mailed = '' }: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const [, purpose, token] = MAILED.exec(mailed) ?? [];
    if (purpose === undefined || token === undefined)
      return this.notACode(request, reply, { key: 'error.noCode' }, 400);
    if (purpose === 'r') return this.newPassword(request, reply, { token });
    const action = purpose === 'v' ? '/code/verify' : '/code/change';
    const view = <ConfirmAddressView action={action} token={token} />;
    return this.page(request, reply, view, 'confirmAddress.title');
  }

  @PageForm('code/verify')
  @Public()
  @Limited('emailed_token')
  async verify(
    @Body() body: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.confirmed(
      (token, proof) => this.proofs.confirm(token, proof, actorOf(request)),
      { body, action: '/code/verify', title: 'addressProved.title', text: 'addressProved.text' },
      request,
      reply,
    );
  }

  @PageForm('code/change')
  @Public()
  @Limited('emailed_token')
  async changeAddress(
    @Body() body: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.confirmed(
      (token, proof) => this.change.confirm(token, proof, actorOf(request), false),
      { body, action: '/code/change', title: 'addressChanged.title', text: 'addressChanged.text' },
      request,
      reply,
    );
  }

  @PageForm('code/reset')
  @Public()
  @Limited('emailed_token')
  async resetPassword(
    @Body() body: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { token = '', show, code, method = '' } = body;
    if (show !== undefined) return this.newPassword(request, reply, { token, method: show });
    const { value, errors } = readForm(NewPasswordForm, body, {
      password: 'error.password',
      again: 'error.again',
    });
    const wrong = errors ?? unequal(value, 'password', 'again');
    if (!value || wrong) return this.newPassword(request, reply, { token, method, errors: wrong ?? {} }, 400);
    const passkey = passkeyIn(body);
    const answer = passkey ? { passkey } : code ? { code: normaliseCode(code) } : {};
    try {
      await this.reset.confirm({ token, password: value.password, ...answer }, actorOf(request));
    } catch (error) {
      const { problem, field, status } = refusalText(error);
      const props = field ? { errors: { [field]: problem.key } } : { problem };
      return this.newPassword(request, reply, { token, method, ...props }, status);
    }
    const view = (
      <DoneView title="passwordReset.title" text="passwordReset.text" href="/login" link="login.title" />
    );
    return this.page(request, reply, view, 'passwordReset.title');
  }

  /** Asks for the password where neither it nor a session of the account came along, and one of the two is needed. */
  private async confirmed(
    confirm: (token: string, proof: AccountProof) => Promise<void>,
    { body, action, title, text }: { body: FormBody; action: string; title: TextKey; text: TextKey },
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string> {
    const { token = '', password } = body;
    try {
      const sessionOf = (await this.visitors.find(request))?.id;
      await confirm(token, { sessionOf, password: password || undefined });
    } catch (error) {
      const { problem, field, status } = refusalText(error);
      if (field !== 'password') return this.notACode(request, reply, problem, status);
      const view = <ConfirmAddressView action={action} token={token} problem={problem} asksPassword />;
      return this.page(request, reply, view, 'confirmAddress.title', status);
    }
    return this.page(request, reply, <DoneView title={title} text={text} href="/" link="goOn.link" />, title);
  }

  /** The form for the new password, with the second factor that the account has. */
  private async newPassword(
    request: FastifyRequest,
    reply: FastifyReply,
    {
      token,
      method: wanted,
      ...props
    }: Pick<NewPasswordProps, 'token' | 'problem' | 'errors'> & { method?: string },
    status?: number,
  ): Promise<string> {
    try {
      const { email, methods } = await this.reset.look(token);
      const method = methods.find((each) => each === wanted) ?? methods[0];
      const minLength = this.settings.PASSWORD_MIN_LENGTH;
      const view = <NewPasswordView {...props} {...{ token, email, methods, method, minLength }} />;
      return this.page(request, reply, view, 'newPassword.title', status);
    } catch (error) {
      const { problem, status: refused } = refusalText(error);
      return this.notACode(request, reply, problem, refused);
    }
  }

  private notACode(
    request: FastifyRequest,
    reply: FastifyReply,
    problem: ProblemText,
    status: number,
  ): string {
    return this.page(request, reply, <MailedCodeView problem={problem} />, 'code.title', status);
  }

  private page(
    request: FastifyRequest,
    reply: FastifyReply,
    view: VNode,
    title: TextKey,
    status?: number,
  ): string {
    return this.pages.show(request, reply, view, { title, address: '/code', ...(status && { status }) });
  }
}
