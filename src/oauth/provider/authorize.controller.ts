import { Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiConsumes, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { HtmlPage } from '../../platform/http/api-docs.js';
import { Parameters, type OAuthParameters, MAY_REPEAT } from '../../platform/http/oauth-parameters.js';
import { AuthorizationEndpointService } from './authorization-endpoint.service.js';

@ApiTags('OAuth')
@Controller('oauth/authorize')
@Public()
export class AuthorizeController {
  constructor(private readonly endpoint: AuthorizationEndpointService) {}

  @Get()
  @ApiOperation({ summary: 'Sign a user in for an application (OAuth 2.1 §4.1, OIDC Core §3.1)' })
  @HtmlPage()
  begin(
    @Parameters() parameters: OAuthParameters,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    return this.endpoint.answer(parameters, request, reply);
  }

  /** OIDC Core §3.1.2.1. A form of another site brings no Lax cookie: who comes so signs in first. */
  @Post()
  @HttpCode(200)
  @RouteConfig({ takesForm: 'only', mayRepeat: MAY_REPEAT })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'The same by a form' })
  @HtmlPage()
  beginByForm(
    @Parameters() parameters: OAuthParameters,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    return this.endpoint.answer(parameters, request, reply);
  }
}
