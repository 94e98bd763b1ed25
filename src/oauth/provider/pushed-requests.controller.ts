import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ClientAuthenticated } from '../../platform/access/access.decorators.js';
import { ApiConsumes, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { JsonObjectOf } from '../../platform/http/api-docs.js';
import type { KnownClient } from '../clients/client.types.js';
import { InvalidRequest } from '../clients/clients.errors.js';
import { MAY_REPEAT, Parameters, type OAuthParameters } from '../../platform/http/oauth-parameters.js';
import { AuthorizationChecksService } from './authorization-checks.service.js';
import { OAuthRequestsService, REQUEST_URI } from './oauth-requests.service.js';
import { ProofsService } from './proofs.service.js';
import { RefusedAuthorization, UnregisteredRedirect } from './provider.errors.js';

@ApiTags('OAuth')
@Controller('oauth/par')
export class PushedRequestsController {
  constructor(
    private readonly checks: AuthorizationChecksService,
    private readonly requests: OAuthRequestsService,
    private readonly proofs: ProofsService,
  ) {}

  /** @throws InvalidRequest, and by the same names what the authorization endpoint would answer (RFC 9126 §2.3) */
  @Post()
  @HttpCode(201)
  @ClientAuthenticated()
  @RouteConfig({ takesForm: 'only', mayRepeat: MAY_REPEAT })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'Push an authorization request (RFC 9126)' })
  @JsonObjectOf('RFC 9126 §2.2', 201)
  async push(
    @Parameters() parameters: OAuthParameters,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ request_uri: string; expires_in: number }> {
    const client = request.oauthClient as KnownClient;
    if (parameters.has('request_uri')) throw new InvalidRequest('A pushed request has no request_uri.');
    const jkt = await this.proofs.thumbprintOf(request, reply, false);
    try {
      const address = this.checks.returnAddress(parameters, client);
      const checked = await this.checks.check(parameters, client, address);
      // RFC 9449 §10.1: the proof stands for dpop_jkt.
      if (jkt !== null && checked.dpopJkt !== null && checked.dpopJkt !== jkt)
        throw new InvalidRequest('dpop_jkt is not the key of the proof.');
      const { id, expiresIn } = await this.requests.keep(
        client.id,
        { ...checked, dpopJkt: jkt ?? checked.dpopJkt },
        'pushed',
      );
      return { request_uri: REQUEST_URI + id, expires_in: expiresIn };
    } catch (error) {
      if (error instanceof RefusedAuthorization) throw new InvalidRequest(error.description, error.error);
      if (error instanceof UnregisteredRedirect) throw new InvalidRequest(error.detail);
      throw error;
    }
  }
}
