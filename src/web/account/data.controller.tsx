import { Body, Controller, Req, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { UsersService } from '../../accounts/users/users.service.js';
import { AccountExportService } from '../../auth/me/account-export.service.js';
import { AccountService } from '../../auth/me/account.service.js';
import {
  AuthenticatedBy,
  CurrentPrincipal,
  Limited,
  Scopes,
} from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { DoneView } from '../views/done.view.js';
import { readForm, type FieldTexts, type FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { refusalText, type ProblemText } from '../views/problem-texts.js';
import { BROWSER, VisitorsService } from '../views/visitors.service.js';
import { AccountPagesService } from './account-pages.service.js';
import { DeletionForm } from './account.forms.js';
import { DataView } from './data.view.js';
import { DeleteAccountView } from './delete-account.view.js';

/** What is stored about one: to take along, and to have deleted. */
@ApiExcludeController()
@Controller('account')
@AuthenticatedBy(BROWSER)
@Scopes('account:write')
export class DataController {
  constructor(
    private readonly users: UsersService,
    private readonly exports: AccountExportService,
    private readonly deletion: AccountService,
    private readonly visitors: VisitorsService,
    private readonly pages: PagesService,
    private readonly account: AccountPagesService,
  ) {}

  @Page('data')
  show(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    return this.account.show(request, reply, 'data', <DataView />);
  }

  @Page('export')
  @Limited('account_export')
  async export(@CurrentPrincipal() { id }: Principal): Promise<StreamableFile> {
    return new StreamableFile(Readable.from(await this.exports.of(id)), {
      type: 'application/json; charset=utf-8',
      disposition: 'attachment; filename="account.json"',
    });
  }

  @Page('delete')
  ask(
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.deletePage(request, reply, principal, {});
  }

  @PageForm('delete')
  async remove(
    @Body() body: FormBody,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { value, errors } = readForm(DeletionForm, body, { password: 'error.password' });
    if (!value) return this.deletePage(request, reply, principal, { errors, status: 400 });
    try {
      await this.deletion.remove(value.password, actorOf(request));
    } catch (error) {
      const { problem, field, status } = refusalText(error);
      const said = field ? { errors: { password: problem.key } } : { problem };
      return this.deletePage(request, reply, principal, { ...said, status });
    }
    this.visitors.signOut(request, reply);
    const view = <DoneView title="deleted.title" text="deleted.text" href="/" link="problem.home" />;
    return this.pages.show(request, reply, view, { title: 'deleted.title', address: '/' });
  }

  private async deletePage(
    request: FastifyRequest,
    reply: FastifyReply,
    { id }: Principal,
    { status, ...said }: { errors?: FieldTexts; problem?: ProblemText; status?: number },
  ): Promise<string> {
    const { user } = await this.users.get(id);
    const view = <DeleteAccountView email={user.email} {...said} />;
    return this.account.show(request, reply, 'data', view, {
      title: 'data.delete',
      status,
      address: '/account/delete',
    });
  }
}
