import { Controller, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthenticatedBy, CurrentPrincipal, Scopes } from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { deviceOf } from '../../platform/mail/device-name.js';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { BROWSER } from '../views/visitors.service.js';
import { AccountPagesService } from './account-pages.service.js';
import { ListedSessionsService } from './listed-sessions.service.js';
import { SessionsView } from './sessions.view.js';

const PATH = '/account/sessions';
/** `MAX_SESSIONS` may be more; who has so many ends them all. */
const MOST_SHOWN = 100;

/** Where one is signed in. */
@ApiExcludeController()
@Controller('account/sessions')
@AuthenticatedBy(BROWSER)
@Scopes('account:write')
export class SessionPagesController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly listed: ListedSessionsService,
    private readonly account: AccountPagesService,
  ) {}

  @Page('/')
  async show(
    @CurrentPrincipal() { id, sessionId }: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const found = await this.sessions.list(id, { limit: MOST_SHOWN }, '');
    const sessions = found
      .map((session) => ({
        session,
        device: deviceOf(session.device),
        isCurrent: session.id === sessionId,
      }))
      .toSorted(
        (a, b) =>
          Number(b.isCurrent) - Number(a.isCurrent) ||
          Number(b.session.lastUsedAt) - Number(a.session.lastUsedAt),
      );
    const others = await this.listed.of(id, MOST_SHOWN);
    return this.account.show(
      request,
      reply,
      'sessions',
      <SessionsView sessions={sessions} others={others} />,
    );
  }

  /** One that has ended already is one that has ended. */
  @PageForm(':id/end')
  async end(
    @Param('id') session: string,
    @CurrentPrincipal() { id }: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<undefined> {
    await this.sessions.end(session, id, actorOf(request));
    return this.account.done(reply, PATH, 'session');
  }

  @PageForm('end-others')
  async endOthers(
    @CurrentPrincipal() { id, sessionId }: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<undefined> {
    await this.sessions.endOthersOf(id, sessionId!, actorOf(request));
    return this.account.done(reply, PATH, 'sessions');
  }
}
