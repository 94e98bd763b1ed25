import { Body, Controller, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthorizationEndpointService } from '../../oauth/provider/authorization-endpoint.service.js';
import { AuthorizeService } from '../../oauth/provider/authorize.service.js';
import type { SignedInBrowser } from '../../oauth/provider/browser-sessions.service.js';
import { ConsentDecisionsService } from '../../oauth/provider/consent-decisions.service.js';
import { RefusedAuthorization } from '../../oauth/provider/provider.errors.js';
import type { PendingRequest } from '../../oauth/provider/provider.types.js';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import type { FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { destinationOf, factsOf } from './client-facts.js';
import { ConsentView } from './consent.view.js';
import { PermissionsService } from './permissions.service.js';
import { requestAddress } from './request-address.js';

/**
 * Asks users what an application may do, once for each client, resource and scope. Public, for a request waits for consent
 * only as long as its user is signed in: all others are led to the authorization endpoint, which knows what is next.
 */
@ApiExcludeController()
@Controller()
export class ConsentController {
  constructor(
    private readonly endpoint: AuthorizationEndpointService,
    private readonly authorize: AuthorizeService,
    private readonly decisions: ConsentDecisionsService,
    private readonly permissions: PermissionsService,
    private readonly pages: PagesService,
  ) {}

  /** @throws RequestGone, which is a page */
  @Page('consent')
  @Public()
  async show(
    @Query() query: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const pending = await this.endpoint.pending(String(query['request'] ?? ''), request);
    const locales = query['ui_locales'];
    const elsewhere = () => this.pages.redirect(reply, requestAddress(pending.kept!.id, locales));
    return this.refusing(pending, request, reply, { isAfterForm: false }, async () => {
      const { needed, browser } = await this.authorize.look(pending, request);
      if (needed !== 'consent' || !browser) return elsewhere();
      return this.page(pending, browser, locales, request, reply);
    });
  }

  /** @throws RequestGone, which is a page */
  @PageForm('consent')
  @Public()
  async decide(
    @Body() { request: id = '', decision, asked = '', ui_locales: locales }: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const pending = await this.endpoint.pending(id, request);
    return this.refusing(pending, request, reply, { isAfterForm: true }, async () => {
      const { needed, browser } = await this.authorize.look(pending, request);
      const mayDecide = browser && (needed === 'consent' || needed === undefined);
      if (mayDecide && decision === 'deny')
        throw new RefusedAuthorization('access_denied', 'The user has denied the request.');
      if (mayDecide && decision === 'allow') {
        const outcome = await this.decisions.allow(pending, browser, asked);
        if ('answer' in outcome)
          return this.endpoint.respond(pending.parameters, outcome.answer, request, reply, {
            isAfterForm: true,
          });
      }
      // Signed out, another user, or another question: the request starts over.
      return this.pages.goOn(request, reply, requestAddress(pending.kept!.id, locales));
    });
  }

  private async page(
    pending: PendingRequest,
    browser: SignedInBrowser,
    locales: string | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string> {
    const { client, parameters, kept } = pending;
    const { wanted, fingerprint } = await this.decisions.ask(pending, browser);
    const { email, name } = browser.found.user;
    const permissions = this.permissions.asked(wanted);
    const view = (
      <ConsentView
        request={kept!.id}
        locales={locales}
        fingerprint={fingerprint}
        client={factsOf(client)}
        destination={destinationOf(parameters.redirectUri)}
        user={{ email, name }}
        permissions={permissions}
      />
    );
    const address = `/consent?${new URLSearchParams({ request: kept!.id }).toString()}`;
    return this.pages.show(request, reply, view, { title: 'consent.title', address });
  }

  /** What is refused goes back to the client. */
  private async refusing(
    { parameters }: PendingRequest,
    request: FastifyRequest,
    reply: FastifyReply,
    { isAfterForm }: { isAfterForm: boolean },
    work: () => Promise<string | undefined>,
  ): Promise<string | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RefusedAuthorization)) throw error;
      const answer = { error: error.error, error_description: error.description };
      return this.endpoint.respond(parameters, answer, request, reply, { isAfterForm });
    }
  }
}
