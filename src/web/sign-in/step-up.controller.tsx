import { Body, Controller, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MfaRequired } from '../../accounts/factors/factors.errors.js';
import { SecondFactorsService } from '../../accounts/factors/second-factors.service.js';
import { UsersService } from '../../accounts/users/users.service.js';
import { StepUpService } from '../../auth/step-up/step-up.service.js';
import { Authenticated, AuthenticatedBy, CurrentPrincipal } from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { Settings } from '../../platform/config/settings.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { setAccessCookie } from '../../platform/http/cookies.js';
import { passkeyIn, type FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { refusalText, type ProblemText } from '../views/problem-texts.js';
import { returnAddress } from '../views/return-address.js';
import { BROWSER } from '../views/visitors.service.js';
import { StepUpView } from './step-up.view.js';

/** Proving once more who one is; pages that need it lead here, and it leads back. */
@ApiExcludeController()
@Controller()
@AuthenticatedBy(BROWSER)
@Authenticated()
export class StepUpController {
  constructor(
    private readonly settings: Settings,
    private readonly steppingUp: StepUpService,
    private readonly factors: SecondFactorsService,
    private readonly users: UsersService,
    private readonly pages: PagesService,
  ) {}

  @Page('step-up')
  show(
    @Query() query: FormBody,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.page(request, reply, principal, { next: returnAddress(query['continue']) });
  }

  @PageForm('step-up')
  async prove(
    @Body() body: FormBody,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const next = returnAddress(body['continue']);
    const { show, method, password, code } = body;
    if (show !== undefined) return this.page(request, reply, principal, { next, method: show });
    const passkey = passkeyIn(body);
    const answer = {
      ...(password && { password }),
      ...(code && { code: code.replaceAll(/[\s-]/g, '').toLowerCase() }),
      ...(passkey && { passkey }),
    };
    try {
      const stepped = await this.steppingUp.stepUp(answer, actorOf(request));
      setAccessCookie(reply, this.settings, stepped);
      return this.pages.goOn(request, reply, next);
    } catch (error) {
      if (error instanceof MfaRequired) return this.page(request, reply, principal, { next, method });
      const { problem, status } = refusalText(error);
      return this.page(request, reply, principal, { next, method, problem, status });
    }
  }

  private async page(
    request: FastifyRequest,
    reply: FastifyReply,
    { id }: Principal,
    { next, method: wanted, problem, status }: Asked,
  ): Promise<string> {
    const methods = await this.factors.methodsOf(id);
    const { user } = await this.users.get(id);
    const method = methods.find((each) => each === wanted) ?? methods[0];
    const view = <StepUpView {...{ next, methods, method, problem, email: user.email }} />;
    const address = `/step-up?continue=${encodeURIComponent(next)}`;
    return this.pages.show(request, reply, view, {
      title: 'secondStep.title',
      address,
      ...(status && { status }),
    });
  }
}

interface Asked {
  next: string;
  method?: string | undefined;
  problem?: ProblemText | undefined;
  status?: number;
}
