import { Body, Controller, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthorizationEndpointService } from '../../oauth/provider/authorization-endpoint.service.js';
import { BrowserSessionsService } from '../../oauth/provider/browser-sessions.service.js';
import { OAuthRequestsService } from '../../oauth/provider/oauth-requests.service.js';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import type { FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { factsOf } from './client-facts.js';
import { requestAddress } from './request-address.js';
import { SelectAccountView } from './select-account.view.js';

/** The choice that `prompt=select_account` asks for. Whether it is still to be made, the authorization endpoint knows. */
@ApiExcludeController()
@Controller('select-account')
@Public()
export class SelectAccountController {
  constructor(
    private readonly endpoint: AuthorizationEndpointService,
    private readonly browsers: BrowserSessionsService,
    private readonly requests: OAuthRequestsService,
    private readonly pages: PagesService,
  ) {}

  /** @throws RequestGone, which is a page */
  @Page('/')
  async show(
    @Query() query: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const { client, kept } = await this.endpoint.pending(String(query['request'] ?? ''), request);
    const { id } = kept!;
    const locales = query['ui_locales'];
    const browser = await this.browsers.find(request);
    if (!browser) return this.pages.redirect(reply, requestAddress(id, locales));
    const { user } = browser.found;
    const view = <SelectAccountView request={id} locales={locales} client={factsOf(client)} user={user} />;
    const address = `/select-account?${new URLSearchParams({ request: id }).toString()}`;
    return this.pages.show(request, reply, view, { title: 'select.title', address });
  }

  /** @throws RequestGone, which is a page */
  @PageForm('/')
  async choose(
    @Body() { request: id = '', user, ui_locales: locales }: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const { kept } = await this.endpoint.pending(id, request);
    const browser = await this.browsers.find(request);
    // Another tab may have signed in as another user, who is asked then.
    if (browser && browser.found.user.id === user) await this.requests.choose(kept!.id, browser.session);
    return this.pages.goOn(request, reply, requestAddress(kept!.id, locales));
  }
}
