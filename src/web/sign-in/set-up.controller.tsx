import { Body, Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PasswordLoginService } from '../../auth/login/password-login.service.js';
import { SetUpService } from '../../auth/login/set-up.service.js';
import { Limited, Public } from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import { Settings } from '../../platform/config/settings.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { readForm, unequal, type FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { refusalText } from '../views/problem-texts.js';
import { VisitorsService } from '../views/visitors.service.js';
import { SetUpForm } from './login.forms.js';
import { SetUpView, type SetUpProps } from './set-up.view.js';

const TEXTS = {
  code: 'error.setUpCode',
  email: 'error.email',
  name: 'error.name',
  password: 'error.password',
  again: 'error.again',
} as const;

/** The first start in the browser: an administrator with an address and a password of their own. */
@ApiExcludeController()
@Controller()
export class SetUpController {
  constructor(
    private readonly settings: Settings,
    private readonly setUp: SetUpService,
    private readonly login: PasswordLoginService,
    private readonly visitors: VisitorsService,
    private readonly pages: PagesService,
  ) {}

  @Page('setup')
  @Public()
  show(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    return this.page(request, reply, {});
  }

  @PageForm('setup')
  @Public()
  @Limited('emailed_token')
  async finish(
    @Body() body: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const trimmed = { ...body, name: body['name']?.trim() ?? '', code: body['code']?.trim() ?? '' };
    const { value, errors } = readForm(SetUpForm, trimmed, TEXTS);
    const wrong = errors ?? unequal(value, 'password', 'again');
    if (!value || wrong) return this.page(request, reply, { typed: body, errors: wrong ?? {} }, 400);
    const { code, email, password, name } = value;
    try {
      const actor = actorOf(request);
      await this.setUp.finish({ code, email, password, name: name || null }, actor);
      const { tokens } = await this.login.logIn({ email, password }, actor);
      await this.visitors.signIn(request, reply, tokens);
      // While they are here, for the most powerful account deserves the strongest factor.
      return this.pages.redirect(reply, '/account/passkeys/new');
    } catch (error) {
      const { problem, field, status } = refusalText(error, { count: this.settings.PASSWORD_MIN_LENGTH });
      const props = field ? { errors: { [field]: problem.key } } : { problem };
      const isCode = problem.key === 'error.link';
      const said = isCode ? { errors: { code: 'error.setUpCode' as const } } : props;
      return this.page(request, reply, { typed: body, ...said }, status);
    }
  }

  private page(
    request: FastifyRequest,
    reply: FastifyReply,
    props: Omit<SetUpProps, 'minLength'>,
    status?: number,
  ): string {
    const view = <SetUpView {...props} minLength={this.settings.PASSWORD_MIN_LENGTH} />;
    return this.pages.show(request, reply, view, {
      title: 'setUp.title',
      address: '/setup',
      ...(status && { status }),
    });
  }
}
