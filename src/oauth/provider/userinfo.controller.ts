import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { UsersService } from '../../accounts/users/users.service.js';
import { InsufficientScope, InvalidToken } from '../../platform/access/access.errors.js';
import { Authenticated, CurrentPrincipal } from '../../platform/access/access.decorators.js';
import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { JsonObjectOf } from '../../platform/http/api-docs.js';
import type { Principal } from '../../platform/access/principal.js';
import { IdTokenClaimsService } from './id-token-claims.service.js';

@ApiTags('OAuth')
@Controller('oauth/userinfo')
@Authenticated()
export class UserinfoController {
  constructor(
    private readonly users: UsersService,
    private readonly claims: IdTokenClaimsService,
  ) {}

  /** @throws InsufficientScope without `openid` */
  @Get()
  @ApiOperation({ summary: 'Who the access token is for (OIDC Core §5.3)' })
  @JsonObjectOf('OIDC Core §5.3.2')
  async show(@CurrentPrincipal() principal: Principal): Promise<object> {
    const { id, clientId, scopes } = principal;
    if (!scopes.includes('openid')) throw new InsufficientScope(['openid']);
    const found = await this.users.findById(id);
    if (found?.user.status !== 'active') throw new InvalidToken('the account is not active');
    const claims = await this.claims.of({ user: found.user, clientId: clientId ?? 'gatehouse', scopes });
    return { ...claims, sub: id };
  }

  /** OIDC Core §5.3.1 */
  @Post()
  @HttpCode(200)
  @RouteConfig({ takesForm: 'only' })
  @ApiOperation({ summary: 'The same by a form' })
  @JsonObjectOf('OIDC Core §5.3.2')
  showByForm(@CurrentPrincipal() principal: Principal): Promise<object> {
    return this.show(principal);
  }
}
