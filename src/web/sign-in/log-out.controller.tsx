import { Body, Controller, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SessionHolders } from '../../auth/login/session-holders.service.js';
import { Public } from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { Problem } from '../../platform/http/problem.js';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';
import type { FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { returnAddress } from '../views/return-address.js';
import { VisitorsService } from '../views/visitors.service.js';
import { DoneView } from '../views/done.view.js';
import { LogOutView } from './log-out.view.js';

/** The end of a browser's session. */
@ApiExcludeController()
@Controller()
export class LogOutController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly holders: SessionHolders,
    private readonly visitors: VisitorsService,
    private readonly pages: PagesService,
  ) {}

  @Page('logout')
  @Public()
  show(
    @Query() query: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): string {
    const view = <LogOutView next={nextOf(query)} />;
    return this.pages.show(request, reply, view, { title: 'logOut.title' });
  }

  /** The same when the session has ended already, in another tab or by itself. */
  @PageForm('logout')
  @Public()
  async logOut(
    @Body() body: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const principal = (await this.visitors.find(request)) ?? (await this.holderOf(request));
    if (principal?.sessionId)
      await this.sessions.end(principal.sessionId, principal.id, { ...actorOf(request), principal });
    this.visitors.signOut(request, reply);
    const next = nextOf(body);
    if (next !== undefined) return this.pages.goOn(request, reply, next);
    const view = (
      <DoneView title="loggedOut.title" text="loggedOut.text" href="/login" link="loggedOut.link" />
    );
    return this.pages.show(request, reply, view, { title: 'loggedOut.title', address: '/login' });
  }

  /** Of a sign-in through the API, which sets no cookie for pages. */
  private async holderOf(request: FastifyRequest): Promise<Principal | undefined> {
    try {
      return await this.holders.principalOf(request);
    } catch (error) {
      if (error instanceof Problem) return undefined;
      throw error;
    }
  }
}

/** The sign-out that an application has asked for; all else that is gone on to would ask for a sign-in at once. */
function nextOf({ continue: asked }: FormBody): string | undefined {
  const next = returnAddress(asked, '');
  return /^\/oauth\/logout(\?|$)/.test(next) ? next : undefined;
}
