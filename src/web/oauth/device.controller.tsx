import { Body, Controller, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { VNode } from 'preact';
import {
  BrowserSessionsService,
  type SignedInBrowser,
} from '../../oauth/provider/browser-sessions.service.js';
import { DeviceDecisionsService, type AskedDevice } from '../../oauth/provider/device-decisions.service.js';
import { Authenticated, AuthenticatedBy } from '../../platform/access/access.decorators.js';
import { Unauthenticated } from '../../platform/access/access.errors.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { LimitsService } from '../../platform/limits/limits.service.js';
import { DoneView } from '../views/done.view.js';
import type { FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { refusalText } from '../views/problem-texts.js';
import { BROWSER } from '../views/visitors.service.js';
import { factsOf } from './client-facts.js';
import { DeviceCodeView } from './device-code.view.js';
import { DeviceView } from './device.view.js';
import { PermissionsService } from './permissions.service.js';

/** Where users approve the sign-in of a device that has no browser (RFC 8628 §3.3). */
@ApiExcludeController()
@Controller('device')
@AuthenticatedBy(BROWSER)
@Authenticated()
export class DevicePagesController {
  constructor(
    private readonly browsers: BrowserSessionsService,
    private readonly decisions: DeviceDecisionsService,
    private readonly permissions: PermissionsService,
    private readonly limits: LimitsService,
    private readonly pages: PagesService,
  ) {}

  /** Only looks, also with the code in the address: it is shown once more, to be held against the device (§5.4). */
  @Page('/')
  async show(
    @Query() { user_code: typed }: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    if (!typed) return this.page(request, reply, <DeviceCodeView />);
    return this.orAgain(typed, request, reply, async (browser) => {
      const asked = await this.decisions.ask(typed, browser);
      return this.page(request, reply, this.question(asked, browser));
    });
  }

  @PageForm('/')
  async decide(
    @Body() { user_code: typed = '', user, decision }: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.orAgain(typed, request, reply, async (browser) => {
      const asked = await this.decisions.ask(typed, browser);
      const isAnswer = browser.found.user.id === user && (decision === 'approve' || decision === 'deny');
      // Another tab may have signed in as another user, who is asked then.
      if (!isAnswer) return this.page(request, reply, this.question(asked, browser));
      const isApproved = decision === 'approve';
      await (isApproved ? this.decisions.approve(asked, browser) : this.decisions.deny(asked, browser));
      const said = isApproved
        ? ({ title: 'device.approvedTitle', text: 'device.approvedText' } as const)
        : ({ title: 'device.deniedTitle', text: 'device.deniedText' } as const);
      const view = <DoneView {...said} href="/account" link="device.toAccount" />;
      return this.pages.show(request, reply, view, { title: said.title, address: '/device' });
    });
  }

  /** Asks for the code once more where it is none. Each look is counted, for a code can be guessed. */
  private async orAgain(
    typed: string,
    request: FastifyRequest,
    reply: FastifyReply,
    work: (browser: SignedInBrowser) => Promise<string>,
  ): Promise<string> {
    const browser = await this.browsers.find(request);
    if (!browser) throw new Unauthenticated();
    try {
      await this.limits.consume('device_code', browser.actor);
      return await work(browser);
    } catch (error) {
      const { problem, status, headers } = refusalText(error);
      void reply.headers(headers);
      return this.page(request, reply, <DeviceCodeView typed={typed} problem={problem} />, status);
    }
  }

  private question(asked: AskedDevice, browser: SignedInBrowser): VNode {
    const { client, code, userCode, wanted } = asked;
    const permissions = this.permissions.asked(wanted);
    const { user } = browser.found;
    const { ip, createdAt } = code;
    return <DeviceView client={factsOf(client)} {...{ userCode, ip, createdAt, user, permissions }} />;
  }

  private page(request: FastifyRequest, reply: FastifyReply, view: VNode, status?: number): string {
    return this.pages.show(request, reply, view, {
      title: 'device.title',
      address: request.method === 'GET' ? request.url : '/device',
      ...(status && { status }),
    });
  }
}
