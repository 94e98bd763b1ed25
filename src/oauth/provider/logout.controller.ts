import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiConsumes, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { HtmlPage } from '../../platform/http/api-docs.js';
import { Parameters, type OAuthParameters } from '../../platform/http/oauth-parameters.js';
import { LogoutService } from './logout.service.js';
import { OAuthPagesService } from './oauth-pages.service.js';

@ApiTags('OAuth')
@Controller('oauth/logout')
@Public()
export class LogoutController {
  constructor(
    private readonly logout: LogoutService,
    private readonly pages: OAuthPagesService,
  ) {}

  /** @throws UnregisteredLogoutRedirect, which is a page */
  @Get()
  @ApiOperation({ summary: 'Sign the user out at the wish of an application (OIDC RP-Initiated Logout)' })
  @HtmlPage()
  async end(
    @Parameters() parameters: OAuthParameters,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const outcome = await this.logout.logOut(parameters, request, reply);
    if ('next' in outcome && outcome.next === undefined) return this.pages.signedOut(request, reply);
    // The page asks, ends the sign-in, and leads back here.
    const again = `/oauth/logout?${new URLSearchParams(parameters.entries()).toString()}`;
    const next =
      'next' in outcome ? outcome.next! : `/logout?${new URLSearchParams({ continue: again }).toString()}`;
    void reply.status(303).header('location', next);
    return undefined;
  }

  /** By GET: a form of another site brings no Lax cookie, and so no session to end. */
  @Post()
  @RouteConfig({ takesForm: 'only' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'The same by a form' })
  @HtmlPage()
  endByForm(
    @Parameters() parameters: OAuthParameters,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): void {
    const query = new URLSearchParams(parameters.entries()).toString();
    void reply.status(303).header('location', `/oauth/logout?${query}`);
  }
}
