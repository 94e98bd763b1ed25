import { Controller, Get, Headers, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { UsersService } from '../../accounts/users/users.service.js';
import {
  Authenticated,
  AuthenticatedBy,
  CurrentPrincipal,
  Public,
} from '../../platform/access/access.decorators.js';
import { InsufficientScope } from '../../platform/access/access.errors.js';
import type { Principal } from '../../platform/access/principal.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { Page } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { TemplatesService } from '../views/templates.service.js';
import { TextsService } from '../views/texts.service.js';
import { BROWSER } from '../views/visitors.service.js';
import { ConsoleTextsService } from './console-texts.service.js';
import { ConsoleShellService, SCRIPT } from './console-shell.service.js';

/** `/console`: the document that the console appears in, the same for each of its addresses, and its texts. */
@ApiExcludeController()
@Controller()
export class ConsoleController {
  constructor(
    private readonly shell: ConsoleShellService,
    private readonly consoleTexts: ConsoleTextsService,
    private readonly users: UsersService,
    private readonly pages: PagesService,
    private readonly texts: TextsService,
    templates: TemplatesService,
  ) {
    templates.exclude('/console');
  }

  @Page(['console', 'console/*'])
  @AuthenticatedBy(BROWSER)
  @Authenticated()
  async show(
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { user } = await this.users.get(principal.id);
    const view = this.shell.view(user, principal, this.texts.localeOf(request), request);
    if (!view) throw new InsufficientScope(['users:read']);
    return this.pages.show(request, reply, view, {
      title: 'consoleShell.title',
      shape: 'app',
      scripts: [SCRIPT],
    });
  }

  /** The name holds a hash of what is in it, so that it may be kept for ever. */
  @Get('console/texts/:file')
  @Public()
  file(
    @Param('file') name: string,
    @Headers('accept-encoding') accepted: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Buffer {
    const found = this.consoleTexts.find(`/console/texts/${name}`, this.texts.locales);
    if (!found) throw new NotFound();
    void reply
      .headers({ 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding' })
      .type('application/json; charset=utf-8');
    if (!/\bgzip\b/.test(accepted ?? '')) return found.bytes;
    void reply.header('content-encoding', 'gzip');
    return found.zipped;
  }
}
