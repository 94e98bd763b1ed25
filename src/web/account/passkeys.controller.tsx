import { Body, Controller, Param, Req, Res } from '@nestjs/common';
import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InvalidPasskey } from '../../accounts/factors/factors.errors.js';
import { PasskeysService } from '../../accounts/factors/passkeys.service.js';
import { UsersService } from '../../accounts/users/users.service.js';
import {
  AuthenticatedBy,
  CurrentPrincipal,
  Scopes,
  StepUp,
} from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { passkeyIn, readForm, type FieldTexts, type FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { refusalText, type ProblemText } from '../views/problem-texts.js';
import { BROWSER } from '../views/visitors.service.js';
import { AccountPagesService } from './account-pages.service.js';
import { ThingNameForm } from './account.forms.js';
import { AddPasskeyView } from './add-passkey.view.js';
import { EditPasskeyView } from './edit-passkey.view.js';
import { RecoveryCodesView } from './recovery-codes.view.js';
import { PasskeySetUpService } from '../../accounts/factors/passkey-set-up.service.js';

/** Passkeys: added, renamed and removed. */
@ApiExcludeController()
@Controller('account/passkeys')
@AuthenticatedBy(BROWSER)
@Scopes('account:write')
export class PasskeyPagesController {
  constructor(
    private readonly users: UsersService,
    private readonly passkeys: PasskeysService,
    private readonly setUp: PasskeySetUpService,
    private readonly account: AccountPagesService,
  ) {}

  @Page('new')
  @StepUp({ maxAge: '5m' })
  ask(
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.addPage(request, reply, principal, {});
  }

  @PageForm('new')
  @StepUp({ maxAge: '5m' })
  async add(
    @Body() body: FormBody,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const { value, errors } = readForm(ThingNameForm, body, { name: 'error.thingName' });
    if (!value) return this.addPage(request, reply, principal, { errors, status: 400 });
    try {
      const response = passkeyIn(body) as RegistrationResponseJSON | undefined;
      if (!response) throw new InvalidPasskey('none was sent');
      const made = await this.setUp.add(principal.id, response, value.name, actorOf(request));
      if (!made.recoveryCodes) return this.account.done(reply, '/account/security', 'passkey');
      const view = <RecoveryCodesView codes={made.recoveryCodes} />;
      return this.account.show(request, reply, 'security', view, {
        title: 'recovery.title',
        address: '/account/security',
      });
    } catch (error) {
      const { problem, status } = refusalText(error);
      return this.addPage(request, reply, principal, { problem, status });
    }
  }

  @Page(':id')
  async show(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.editPage(request, reply, principal, id);
  }

  @PageForm(':id')
  async rename(
    @Param('id') id: string,
    @Body() body: FormBody,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const { value, errors } = readForm(ThingNameForm, body, { name: 'error.thingName' });
    if (!value) return this.editPage(request, reply, principal, id, errors);
    await this.setUp.rename(principal.id, id, value.name, actorOf(request));
    return this.account.done(reply, '/account/security', 'renamed');
  }

  @PageForm(':id/remove')
  @StepUp({ maxAge: '5m' })
  async remove(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    if (await this.isOnlyWayIn(principal.id)) return this.editPage(request, reply, principal, id, {}, 409);
    await this.setUp.remove(principal.id, id, actorOf(request));
    return this.account.done(reply, '/account/security', 'removed');
  }

  private async addPage(
    request: FastifyRequest,
    reply: FastifyReply,
    { id }: Principal,
    { status, ...said }: { errors?: FieldTexts; problem?: ProblemText; status?: number },
  ): Promise<string> {
    const { user } = await this.users.get(id);
    const options = JSON.stringify(await this.passkeys.optionsToRegister(user));
    const view = <AddPasskeyView options={options} {...said} />;
    const address = '/account/passkeys/new';
    return this.account.show(request, reply, 'security', view, {
      title: 'addPasskey.title',
      status,
      address,
    });
  }

  private async editPage(
    request: FastifyRequest,
    reply: FastifyReply,
    principal: Principal,
    id: string,
    errors?: FieldTexts,
    status = errors && 400,
  ): Promise<string> {
    const passkey = (await this.passkeys.of(principal.id)).find((each) => each.id === id);
    if (!passkey) throw new NotFound('There is no such passkey.');
    const isLast = await this.isOnlyWayIn(principal.id);
    const view = <EditPasskeyView passkey={passkey} errors={errors ?? {}} isLast={isLast} />;
    return this.account.show(request, reply, 'security', view, { title: 'editPasskey.title', status });
  }

  /** Removing the last passkey of an account without a password would lock its owner out. */
  private async isOnlyWayIn(id: string): Promise<boolean> {
    const { user } = await this.users.get(id);
    return user.passwordHash === null && (await this.passkeys.of(id)).length === 1;
  }
}
