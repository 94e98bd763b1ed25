import { Body, Controller, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MfaRequired } from '../../accounts/factors/factors.errors.js';
import { PasswordLoginService } from '../../auth/login/password-login.service.js';
import { Public } from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import { Settings } from '../../platform/config/settings.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { deviceCookie } from '../../platform/http/cookies.js';
import { readForm, type FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { returnAddress } from '../views/return-address.js';
import { VisitorsService } from '../views/visitors.service.js';
import { LoginForm } from './login.forms.js';
import { SignInPagesService } from './sign-in-pages.service.js';

/** The sign-in by password. */
@ApiExcludeController()
@Controller()
export class LoginController {
  constructor(
    private readonly settings: Settings,
    private readonly login: PasswordLoginService,
    private readonly visitors: VisitorsService,
    private readonly pages: PagesService,
    private readonly signIn: SignInPagesService,
  ) {}

  /** `prompt=login` asks also who is signed in already; `login_hint` is the address to start with (OpenID Connect). */
  @Page('login')
  @Public()
  async show(
    @Query() query: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const next = returnAddress(query['continue'], '/');
    const isAsked = query['prompt']?.split(' ').includes('login');
    if (!isAsked && (await this.visitors.find(request))) return this.pages.redirect(reply, next);
    return this.signIn.login(request, reply, { next, email: String(query['login_hint'] ?? '') });
  }

  @PageForm('login')
  @Public()
  async logIn(
    @Body() body: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const next = returnAddress(body['continue']);
    const email = body['email'] ?? '';
    const { value, errors } = readForm(LoginForm, body, { email: 'error.email', password: 'error.password' });
    if (!value) return this.signIn.login(request, reply, { next, email, errors }, 400);
    try {
      const device = deviceCookie(request, this.settings);
      const { tokens } = await this.login.logIn(value, actorOf(request), device);
      await this.visitors.signIn(request, reply, tokens);
      return this.pages.goOn(request, reply, next);
    } catch (error) {
      if (error instanceof MfaRequired) return this.signIn.secondStep(request, reply, error, { next, email });
      return this.signIn.refused(request, reply, error, { next, email });
    }
  }
}
