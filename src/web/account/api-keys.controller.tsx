import { Body, Controller, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiKeysService } from '../../accounts/api-keys/api-keys.service.js';
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
import { NoticesService } from '../../platform/mail/notices.service.js';
import { readForm, type FieldTexts, type FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { refusalText, type ProblemText } from '../views/problem-texts.js';
import { BROWSER } from '../views/visitors.service.js';
import { AccountPagesService } from './account-pages.service.js';
import { ApiKeyForm, SCOPE_FIELD } from './account.forms.js';
import { ApiKeysView } from './api-keys.view.js';
import { ConfirmView } from './confirm.view.js';
import { NewKeyView } from './new-key.view.js';
import { MadeKeyView } from './made-key.view.js';

const PATH = '/account/keys';
const MOST_SHOWN = 100;

/** One's own API keys. */
@ApiExcludeController()
@Controller('account/keys')
@AuthenticatedBy(BROWSER)
@Scopes('account:write')
export class ApiKeyPagesController {
  constructor(
    private readonly apiKeys: ApiKeysService,
    private readonly users: UsersService,
    private readonly notices: NoticesService,
    private readonly account: AccountPagesService,
  ) {}

  @Page('/')
  async show(
    @CurrentPrincipal() { id }: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const keys = await this.apiKeys.ownedBy(id, MOST_SHOWN, '');
    const live = keys.filter(
      ({ revokedAt, expiresAt }) => revokedAt === null && expiresAt.getTime() > Date.now(),
    );
    return this.account.show(request, reply, 'keys', <ApiKeysView keys={live} />);
  }

  @Page('new')
  @StepUp({ maxAge: '5m' })
  ask(
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): string {
    return this.newPage(request, reply, principal, {});
  }

  @PageForm('new')
  @StepUp({ maxAge: '5m' })
  async make(
    @Body() body: FormBody,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { value, errors } = readForm(ApiKeyForm, body, {
      name: 'error.thingName',
      expires: 'error.expires',
    });
    const scopes = principal.scopes.filter((scope) => body[SCOPE_FIELD + scope] !== undefined);
    const wrong = { ...errors, ...(scopes.length === 0 && { scopes: 'error.scopes' as const }) };
    if (!value || Object.keys(wrong).length > 0)
      return this.newPage(request, reply, principal, { errors: wrong, typed: body, status: 400 });
    try {
      const actor = actorOf(request);
      const wanted = { name: value.name, scopes, expiresIn: value.expires };
      const { apiKey, key } = await this.apiKeys.make(principal.id, wanted, actor);
      const { user } = await this.users.get(principal.id);
      await this.notices.tell('api_key_made', user, actor);
      const view = <MadeKeyView name={apiKey.name} secret={key} />;
      return this.account.show(request, reply, 'keys', view, { title: 'madeKey.title', address: PATH });
    } catch (error) {
      const { problem, status } = refusalText(error);
      return this.newPage(request, reply, principal, { problem, typed: body, status });
    }
  }

  @Page(':id/revoke')
  async askToRevoke(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { name } = await this.apiKeys.get(id, principal.id);
    const props = { text: 'keys.revokeText', action: `${PATH}/${id}/revoke`, button: 'keys.revoke' } as const;
    const view = <ConfirmView {...props} values={{ name }} back={PATH} isDangerous />;
    return this.account.show(request, reply, 'keys', view, { title: 'keys.revokeTitle' });
  }

  @PageForm(':id/revoke')
  async revoke(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<undefined> {
    await this.apiKeys.revoke(id, principal.id, actorOf(request));
    return this.account.done(reply, PATH, 'key');
  }

  private newPage(
    request: FastifyRequest,
    reply: FastifyReply,
    { scopes }: Principal,
    { status, ...said }: { errors?: FieldTexts; problem?: ProblemText; typed?: FormBody; status?: number },
  ): string {
    const view = <NewKeyView scopes={scopes} {...said} />;
    return this.account.show(request, reply, 'keys', view, {
      title: 'newKey.title',
      status,
      address: `${PATH}/new`,
    });
  }
}
