import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import {
  Authenticated,
  CurrentActor,
  CurrentPrincipal,
  OptionalScopes,
  Scopes,
} from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { TokenInspectionService } from './token-inspection.service.js';
import { TokenStatusService } from './token-status.service.js';
import { InspectionResponse, InspectToken, IntrospectionResponse, TokenRequest } from './tokens.dto.js';

@ApiTags('Tokens')
@Controller('v1/tokens')
export class TokensController {
  constructor(
    private readonly status: TokenStatusService,
    private readonly inspection: TokenInspectionService,
  ) {}

  @Post('introspect')
  @HttpCode(200)
  @Scopes('tokens:introspect')
  @RouteConfig({ takesForm: true })
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'Whether a token is live, and what it says (RFC 7662)' })
  @ApiOkResponse({ type: IntrospectionResponse })
  introspect(@Body() { token }: TokenRequest): Promise<IntrospectionResponse> {
    return this.status.introspect(token);
  }

  @Post('revoke')
  @HttpCode(200)
  @Authenticated()
  @OptionalScopes('tokens:revoke')
  @RouteConfig({ takesForm: true })
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'End the session of a token of yours (RFC 7009); 200 whatever it was' })
  @ApiOkResponse()
  async revoke(@Body() { token }: TokenRequest, @CurrentActor() actor: Actor): Promise<void> {
    await this.status.revoke(token, actor);
  }

  @Post('inspect')
  @HttpCode(200)
  @Authenticated()
  @OptionalScopes('tokens:introspect')
  @ApiOperation({ summary: 'Why a token does or does not work' })
  @ApiOkResponse({ type: InspectionResponse })
  inspect(@Body() body: InspectToken, @CurrentPrincipal() principal: Principal): Promise<InspectionResponse> {
    return this.inspection.inspect(body, principal);
  }
}
