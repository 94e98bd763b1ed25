import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ClientAuthenticated } from '../../platform/access/access.decorators.js';
import { ApiConsumes, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { JsonObjectOf } from '../../platform/http/api-docs.js';
import { actorOf } from '../../platform/access/actor.js';
import { Metrics, type Count } from '../../platform/http/metrics.js';
import type { KnownClient } from '../clients/client.types.js';
import { UnauthorizedClient } from '../clients/clients.errors.js';
import { MAY_REPEAT, Parameters, type OAuthParameters } from '../../platform/http/oauth-parameters.js';
import { ProofsService } from './proofs.service.js';
import { UnsupportedGrantType } from './provider.errors.js';
import { GrantHandlers, type TokenResponse } from './token-grants.service.js';

@ApiTags('OAuth')
@Controller('oauth/token')
export class TokenController {
  private readonly count: Count<'issued' | 'refused'>;

  constructor(
    private readonly handlers: GrantHandlers,
    private readonly proofs: ProofsService,
    metrics: Metrics,
  ) {
    this.count = metrics.counter(
      'gatehouse_token_requests_total',
      'Requests to the token endpoint by outcome',
      ['issued', 'refused'],
    );
  }

  /** @throws UnsupportedGrantType, UnauthorizedClient, and what the grant is refused with */
  @Post()
  @HttpCode(200)
  @ClientAuthenticated()
  @RouteConfig({ takesForm: 'only', mayRepeat: MAY_REPEAT })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'Tokens for a grant (RFC 6749 §3.2)' })
  @JsonObjectOf('RFC 6749 §5.1')
  async issue(
    @Parameters() parameters: OAuthParameters,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenResponse> {
    const client = request.oauthClient as KnownClient;
    try {
      const type = parameters.required('grant_type');
      const handler = this.handlers.find(type);
      if (!handler) throw new UnsupportedGrantType();
      if (!client.grantTypes.includes(type))
        throw new UnauthorizedClient(`The client is not registered for the grant ${type}.`);
      const jkt = await this.proofs.thumbprintOf(request, reply, client.dpop);
      const response = await handler({ client, parameters, actor: actorOf(request), jkt });
      void reply.header('pragma', 'no-cache');
      this.count('issued');
      return response;
    } catch (error) {
      this.count('refused');
      throw error;
    }
  }
}
