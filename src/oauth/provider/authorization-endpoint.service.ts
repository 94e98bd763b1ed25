import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../platform/access/actor.js';
import { Settings } from '../../platform/config/settings.js';
import { InvalidRequest } from '../clients/clients.errors.js';
import { ClientAuthenticationService } from '../clients/client-authentication.service.js';
import type { KnownClient } from '../clients/client.types.js';
import { ClientsService } from '../clients/clients.service.js';
import { asciiOf } from '../../platform/http/oauth-problem.js';
import type { OAuthParameters } from '../../platform/http/oauth-parameters.js';
import { AuthorizationChecksService } from './authorization-checks.service.js';
import { AuthorizeService } from './authorize.service.js';
import type { PendingRequest } from './provider.types.js';
import { OAuthPagesService } from './oauth-pages.service.js';
import { OAuthRequestsService } from './oauth-requests.service.js';
import { RefusedAuthorization, RequestGone, UnknownClient, type ReturnAddress } from './provider.errors.js';

/** Reads authorization requests, however they come, and answers them. */
@Injectable()
export class AuthorizationEndpointService {
  constructor(
    private readonly settings: Settings,
    private readonly authentication: ClientAuthenticationService,
    private readonly clients: ClientsService,
    private readonly checks: AuthorizationChecksService,
    private readonly requests: OAuthRequestsService,
    private readonly authorize: AuthorizeService,
    private readonly pages: OAuthPagesService,
  ) {}

  /** @throws UnknownClient, UnregisteredRedirect, RequestGone, which are pages and lead nowhere */
  async answer(
    parameters: OAuthParameters,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string | undefined> {
    const id = parameters.get('request');
    if (id !== undefined && !parameters.has('client_id')) return this.goOn(id, parameters, request, reply);
    const client = await this.clientOf(parameters);
    const requestUri = parameters.get('request_uri');
    if (requestUri !== undefined) return this.answerPushed(requestUri, client, request, reply);
    const address = this.checks.returnAddress(parameters, client);
    return this.answerOrRefuse(address, request, reply, async () => {
      if (client.par)
        throw new RefusedAuthorization('invalid_request', 'This client must push its requests (RFC 9126).');
      return { client, parameters: await this.checks.check(parameters, client, address) };
    });
  }

  /**
   * The request that a page belongs to, started over when it is older than it may be.
   * @throws RequestGone, TooManyRequests
   */
  async pending(id: string, request: FastifyRequest): Promise<PendingRequest> {
    const row = await this.requests.find(id);
    const client = row && (await this.clients.findById(row.clientId));
    if (
      !row ||
      client?.status !== 'active' ||
      !this.clients.mayRedirectTo(row.parameters.redirectUri, client)
    )
      throw new RequestGone();
    const { parameters } = row;
    if (row.expiresAt.getTime() > Date.now()) return { client, parameters, kept: { id, row } };
    const kept = await this.requests.keepFor(actorOf(request), client.id, parameters);
    return { client, parameters, kept };
  }

  /** Sends an answer to the client: the address of a redirect, or a form. RFC 9207: always with `iss`. */
  respond(
    address: ReturnAddress,
    answer: Record<string, string>,
    request: FastifyRequest,
    reply: FastifyReply,
    { isAfterForm }: { isAfterForm: boolean },
  ): string | undefined {
    const { redirectUri, responseMode, state } = address;
    const all = { ...answer, ...(state !== null && { state }), iss: this.settings.PUBLIC_URL };
    if (responseMode === 'form_post') return this.pages.formPost(request, reply, redirectUri, all);
    const target = withParameters(redirectUri, all);
    if (isAfterForm) return this.pages.goOn(request, reply, target);
    // RFC 9700 §4.12: never 307, by which a browser would post the form on.
    void reply.status(303).header('location', target);
    return undefined;
  }

  /** After a page of ours: the sign-in may have been a form, so that the answer is no redirect. */
  private async goOn(
    id: string,
    given: OAuthParameters,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string | undefined> {
    const pending = await this.pending(id, request);
    // A language that was chosen on one of the pages has taken the place of the one that was asked for.
    const parameters = { ...pending.parameters, uiLocales: given.get('ui_locales') ?? null };
    return this.answerOrRefuse(parameters, request, reply, async () => ({ ...pending, parameters }), true);
  }

  private async answerPushed(
    requestUri: string,
    client: KnownClient,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string | undefined> {
    const parameters = await this.requests.takePushed(requestUri, client.id);
    // Its redirect URI may have been taken away since.
    if (!parameters || !this.clients.mayRedirectTo(parameters.redirectUri, client)) throw new RequestGone();
    return this.answerOrRefuse(parameters, request, reply, async () => ({
      client,
      parameters,
      isPushed: true,
    }));
  }

  private async answerOrRefuse(
    address: ReturnAddress,
    request: FastifyRequest,
    reply: FastifyReply,
    read: () => Promise<PendingRequest>,
    isAfterForm = false,
  ): Promise<string | undefined> {
    try {
      const outcome = await this.authorize.answer(await read(), request);
      if ('answer' in outcome) return this.respond(address, outcome.answer, request, reply, { isAfterForm });
      void reply.status(303).header('location', outcome.page);
      return undefined;
    } catch (error) {
      if (!(error instanceof RefusedAuthorization)) throw error;
      const answer = { error: error.error, error_description: asciiOf(error.description) };
      return this.respond(address, answer, request, reply, { isAfterForm });
    }
  }

  /** @throws UnknownClient, UnreadableClientDocument */
  private async clientOf(parameters: OAuthParameters): Promise<KnownClient> {
    const clientId = parameters.get('client_id');
    if (clientId === undefined) throw new InvalidRequest('The parameter client_id is missing.');
    const client = await this.authentication.findInUse(clientId);
    if (client) return client;
    throw new UnknownClient();
  }
}

function withParameters(redirectUri: string, parameters: Record<string, string>): string {
  // As text: the parser would spell the address of a client's own scheme another way. A header has ASCII only.
  const address = redirectUri.replaceAll(/[^\x21-\x7e]+/g, encodeURIComponent);
  const separator = address.includes('?') ? '&' : '?';
  return address + separator + new URLSearchParams(parameters).toString();
}
