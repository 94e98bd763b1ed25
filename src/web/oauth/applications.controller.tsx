import { Controller, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NoSuchConsent } from '../../oauth/consents/consents.errors.js';
import { ConsentsService } from '../../oauth/consents/consents.service.js';
import { AuthenticatedBy, CurrentPrincipal, Scopes } from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { AccountPagesService } from '../account/account-pages.service.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { BROWSER } from '../views/visitors.service.js';
import { ApplicationsView } from './applications.view.js';
import { PermissionsService } from './permissions.service.js';
import { RevokeApplicationView } from './revoke-application.view.js';

const PATH = '/account/applications';
const MOST_SHOWN = 100;

/** What one has allowed other applications, and its end. */
@ApiExcludeController()
@Controller('account/applications')
@AuthenticatedBy(BROWSER)
@Scopes('account:write')
export class ApplicationPagesController {
  constructor(
    private readonly consents: ConsentsService,
    private readonly permissions: PermissionsService,
    private readonly account: AccountPagesService,
  ) {}

  @Page('/')
  async show(
    @CurrentPrincipal() { id }: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const found = await this.consents.listOf(id, MOST_SHOWN, '');
    const consents = await Promise.all(
      found.map(async (consent) => ({ consent, permissions: await this.permissions.granted(consent) })),
    );
    return this.account.show(request, reply, 'apps', <ApplicationsView consents={consents} />);
  }

  /** @throws NoSuchConsent */
  @Page(':id/revoke')
  async askToRevoke(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { client } = await this.consents.get(id, principal.id);
    const view = <RevokeApplicationView name={client.name} action={`${PATH}/${id}/revoke`} back={PATH} />;
    return this.account.show(request, reply, 'apps', view, { title: 'apps.revokeTitle' });
  }

  /** One that was taken back already is one that is taken back. */
  @PageForm(':id/revoke')
  async revoke(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<undefined> {
    try {
      await this.consents.revoke(id, principal.id, actorOf(request));
    } catch (error) {
      if (!(error instanceof NoSuchConsent)) throw error;
    }
    return this.account.done(reply, PATH, 'app');
  }
}
