import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { ClientAuthenticated, Limited } from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import { ApiConsumes, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { JsonObjectOf } from '../../platform/http/api-docs.js';
import { Settings } from '../../platform/config/settings.js';
import type { KnownClient } from '../clients/client.types.js';
import { UnauthorizedClient } from '../clients/clients.errors.js';
import { MAY_REPEAT, Parameters, type OAuthParameters } from '../../platform/http/oauth-parameters.js';
import { DEVICE_CODE_GRANT } from './device-code-grant.service.js';
import { DeviceCodesService, FIRST_INTERVAL_S } from './device-codes.service.js';
import { GrantedScopesService } from './granted-scopes.service.js';

@ApiTags('OAuth')
@Controller('oauth/device')
export class DeviceController {
  constructor(
    private readonly settings: Settings,
    private readonly codes: DeviceCodesService,
    private readonly scopes: GrantedScopesService,
  ) {}

  /** @throws UnauthorizedClient, InvalidOAuthScope, InvalidTarget */
  @Post()
  @HttpCode(200)
  @ClientAuthenticated()
  @Limited('device_code')
  @RouteConfig({ takesForm: 'only', mayRepeat: MAY_REPEAT })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'Begin the sign-in of a device without a browser (RFC 8628 §3.1)' })
  @JsonObjectOf('RFC 8628 §3.2')
  async begin(@Parameters() parameters: OAuthParameters, @Req() request: FastifyRequest): Promise<object> {
    const client = request.oauthClient as KnownClient;
    if (!client.grantTypes.includes(DEVICE_CODE_GRANT))
      throw new UnauthorizedClient('The client is not registered for the device code grant.');
    const resources = await this.scopes.resourcesFor(parameters.list('resource'), client);
    const scopes = this.scopes.askedFor(parameters.words('scope'), resources, client);
    const identifiers = resources.map(({ identifier }) => identifier);
    const { deviceCode, userCode, expiresIn } = await this.codes.make(
      client.id,
      scopes,
      identifiers,
      actorOf(request).ip,
    );
    const page = `${this.settings.PUBLIC_URL}/device`;
    return {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: page,
      verification_uri_complete: `${page}?user_code=${userCode}`,
      expires_in: expiresIn,
      interval: FIRST_INTERVAL_S,
    };
  }
}
