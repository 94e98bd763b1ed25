import { Body, Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PasskeysService } from '../../accounts/factors/passkeys.service.js';
import { SecondFactorsService } from '../../accounts/factors/second-factors.service.js';
import { UsersService } from '../../accounts/users/users.service.js';
import { PasswordChangeService } from '../../auth/me/password-change.service.js';
import {
  AuthenticatedBy,
  CurrentPrincipal,
  Scopes,
  StepUp,
} from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { Settings } from '../../platform/config/settings.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { readForm, unequal, type FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { refusalText } from '../views/problem-texts.js';
import { BROWSER } from '../views/visitors.service.js';
import { AccountPagesService } from './account-pages.service.js';
import { PasswordForm } from './account.forms.js';
import { ConfirmView } from './confirm.view.js';
import type { Failed } from './failed-form.js';
import { RecoveryCodesView } from './recovery-codes.view.js';
import { SecurityView } from './security.view.js';
import { CodeSetUpService } from '../../accounts/factors/code-set-up.service.js';

const PASSWORD_TEXTS = {
  current: 'error.password',
  password: 'error.password',
  again: 'error.again',
} as const;

/** The password and what goes with it. */
@ApiExcludeController()
@Controller('account')
@AuthenticatedBy(BROWSER)
@Scopes('account:write')
export class SecurityController {
  constructor(
    private readonly settings: Settings,
    private readonly users: UsersService,
    private readonly passwordChange: PasswordChangeService,
    private readonly factors: SecondFactorsService,
    private readonly codes: CodeSetUpService,
    private readonly passkeys: PasskeysService,
    private readonly account: AccountPagesService,
  ) {}

  @Page('security')
  show(
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.page(request, reply, principal);
  }

  @PageForm('password')
  async changePassword(
    @Body() body: FormBody,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const { value, errors } = readForm(PasswordForm, body, PASSWORD_TEXTS);
    const wrong = errors ?? unequal(value, 'password', 'again');
    if (!value || wrong)
      return this.page(request, reply, principal, { form: 'password', errors: wrong, status: 400 });
    try {
      const change = { currentPassword: value.current, newPassword: value.password };
      await this.passwordChange.change(change, actorOf(request));
      return this.account.done(reply, '/account/security', 'password');
    } catch (error) {
      const { problem, field, status } = refusalText(error);
      const name = field === 'currentPassword' ? 'current' : field === 'newPassword' ? 'password' : undefined;
      const said = name ? { errors: { [name]: problem.key } } : { problem };
      return this.page(request, reply, principal, { form: 'password', status, ...said });
    }
  }

  @Page('recovery-codes')
  @StepUp({ maxAge: '5m' })
  askForCodes(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    const view = (
      <ConfirmView
        text="recovery.ask"
        action="/account/recovery-codes"
        button="recovery.make"
        back="/account/security"
      />
    );
    return this.account.show(request, reply, 'security', view, { title: 'recovery.title' });
  }

  @PageForm('recovery-codes')
  @StepUp({ maxAge: '5m' })
  async renewCodes(
    @CurrentPrincipal() { id }: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const codes = await this.codes.renewRecoveryCodes(id, actorOf(request));
    const view = <RecoveryCodesView codes={codes} />;
    return this.account.show(request, reply, 'security', view, {
      title: 'recovery.title',
      address: '/account/security',
    });
  }

  private async page(
    request: FastifyRequest,
    reply: FastifyReply,
    { id }: Principal,
    failed?: Failed<'password'>,
  ): Promise<string> {
    const { user } = await this.users.get(id);
    const view = (
      <SecurityView
        email={user.email}
        minLength={this.settings.PASSWORD_MIN_LENGTH}
        factors={await this.factors.of(id)}
        passkeys={await this.passkeys.of(id)}
        failed={failed}
      />
    );
    const address = '/account/security';
    return this.account.show(request, reply, 'security', view, { status: failed?.status, address });
  }
}
