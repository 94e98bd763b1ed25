import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { ConsoleEntriesService } from '../console/console-entries.service.js';
import { Page } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { VisitorsService } from '../views/visitors.service.js';

/** Leads people to the right place: administrators to the console, others to their account. */
@ApiExcludeController()
@Controller()
export class HomeController {
  constructor(
    private readonly visitors: VisitorsService,
    private readonly pages: PagesService,
    private readonly entries: ConsoleEntriesService,
  ) {}

  @Page('/')
  @Public()
  async lead(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<undefined> {
    const visitor = await this.visitors.find(request);
    if (!visitor) return this.pages.redirect(reply, '/login');
    return this.pages.redirect(reply, this.entries.isFor(visitor) ? '/console' : '/account');
  }
}
