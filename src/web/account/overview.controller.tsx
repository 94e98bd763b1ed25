import { Body, Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { UsersService } from '../../accounts/users/users.service.js';
import { EmailChangeRequestService } from '../../auth/by-mail/email-change-request.service.js';
import {
  AuthenticatedBy,
  CurrentPrincipal,
  Limited,
  Public,
  Scopes,
} from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { CheckMailView } from '../views/check-mail.view.js';
import { readForm, type FormBody } from '../views/forms.js';
import { MailedCodeView } from '../views/mailed-code.view.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { BROWSER, VisitorsService } from '../views/visitors.service.js';
import { AccountPagesService } from './account-pages.service.js';
import { EmailForm, NameForm } from './account.forms.js';
import { failedBy, type Failed } from './failed-form.js';
import { ProfileView } from './profile.view.js';
import { AccountChangesService } from '../../accounts/users/account-changes.service.js';

/** `/account`: name and address, and where links in mail lead, in every browser. */
@ApiExcludeController()
@Controller()
export class OverviewController {
  constructor(
    private readonly users: UsersService,
    private readonly changes: AccountChangesService,
    private readonly change: EmailChangeRequestService,
    private readonly visitors: VisitorsService,
    private readonly pages: PagesService,
    private readonly account: AccountPagesService,
  ) {}

  /** A redirect would do for who is not signed in, but a link in mail is opened by them too. */
  @Page('account')
  @Public()
  async show(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const visitor = await this.visitors.find(request);
    // As the guard of the other pages leaves it.
    request.user = visitor;
    if (visitor) return this.page(request, reply, visitor);
    return this.pages.show(request, reply, <MailedCodeView withSignIn />, { title: 'account.visitorTitle' });
  }

  @PageForm('account/name')
  @AuthenticatedBy(BROWSER)
  @Scopes('account:write')
  async rename(
    @Body() body: FormBody,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const { value, errors } = readForm(
      NameForm,
      { name: body['name']?.trim() ?? '' },
      { name: 'error.name' },
    );
    if (!value)
      return this.page(request, reply, principal, { form: 'name', errors, typed: body, status: 400 });
    await this.changes.rename(principal.id, value.name || null, actorOf(request));
    return this.account.done(reply, '/account', 'name');
  }

  @PageForm('account/email')
  @AuthenticatedBy(BROWSER)
  @Scopes('account:write')
  @Limited('email_verification')
  async changeEmail(
    @Body() body: FormBody,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const typed = { email: body['email'] ?? '' };
    const { value, errors } = readForm(EmailForm, body, { email: 'error.email', password: 'error.password' });
    if (!value) return this.page(request, reply, principal, { form: 'email', errors, typed, status: 400 });
    try {
      const { email, password: currentPassword } = value;
      await this.change.request({ email, currentPassword }, actorOf(request));
      const view = <CheckMailView purpose="change" email={email} />;
      return this.pages.show(request, reply, view, { title: 'checkMail.title', address: '/account' });
    } catch (error) {
      return this.page(request, reply, principal, failedBy('email', error, typed));
    }
  }

  private async page(
    request: FastifyRequest,
    reply: FastifyReply,
    { id }: Principal,
    failed?: Failed<'name' | 'email'>,
  ): Promise<string> {
    const { user } = await this.users.get(id);
    const view = <ProfileView user={user} failed={failed} />;
    return this.account.show(request, reply, 'profile', view, {
      status: failed?.status,
      address: '/account',
    });
  }
}
