import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { ClientAuthenticated, CurrentActor } from '../../platform/access/access.decorators.js';
import { ApiConsumes, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { JsonObjectOf } from '../../platform/http/api-docs.js';
import type { Actor } from '../../platform/access/actor.js';
import type { KnownClient } from '../clients/client.types.js';
import { Parameters, type OAuthParameters } from '../../platform/http/oauth-parameters.js';
import { ClientTokenStatusService } from './client-token-status.service.js';

@ApiTags('OAuth')
@Controller('oauth')
@ClientAuthenticated()
export class ClientTokenStatusController {
  constructor(private readonly status: ClientTokenStatusService) {}

  @Post('introspect')
  @HttpCode(200)
  @RouteConfig({ takesForm: 'only' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'Whether a token of the client, or for a resource of its, is live (RFC 7662)' })
  @JsonObjectOf('RFC 7662 §2.2')
  introspect(@Parameters() parameters: OAuthParameters, @Req() request: FastifyRequest): Promise<object> {
    return this.status.introspect(parameters.required('token'), request.oauthClient as KnownClient);
  }

  @Post('revoke')
  @HttpCode(200)
  @RouteConfig({ takesForm: 'only' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'End the session of a token of the client (RFC 7009); 200 whatever it was' })
  async revoke(
    @Parameters() parameters: OAuthParameters,
    @Req() request: FastifyRequest,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.status.revoke(parameters.required('token'), request.oauthClient as KnownClient, actor);
  }
}
