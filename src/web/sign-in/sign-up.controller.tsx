import { Body, Controller, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MfaRequired } from '../../accounts/factors/factors.errors.js';
import { EmailVerificationService } from '../../accounts/users/email-verification.service.js';
import { EmailTaken } from '../../accounts/users/users.errors.js';
import { InvalidCredentials } from '../../auth/issuing/auth.errors.js';
import { PasswordLoginService } from '../../auth/login/password-login.service.js';
import { SignUpService } from '../../auth/login/sign-up.service.js';
import { SignUpByMailService } from '../../auth/login/sign-up-by-mail.service.js';
import { Limited, Public } from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import { Settings } from '../../platform/config/settings.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { normaliseEmail } from '../../platform/http/fields.js';
import { readForm, unequal, type FormBody } from '../views/forms.js';
import { Page, PageForm } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { refusalText } from '../views/problem-texts.js';
import { returnAddress } from '../views/return-address.js';
import { VisitorsService } from '../views/visitors.service.js';
import { CheckMailView } from '../views/check-mail.view.js';
import { SignUpForm } from './login.forms.js';
import { SignInPagesService } from './sign-in-pages.service.js';
import { SignUpView, type SignUpProps } from './sign-up.view.js';

const TEXTS = {
  email: 'error.email',
  name: 'error.name',
  password: 'error.password',
  again: 'error.again',
} as const;

/** New accounts. */
@ApiExcludeController()
@Controller()
export class SignUpController {
  constructor(
    private readonly settings: Settings,
    private readonly signingUp: SignUpService,
    private readonly login: PasswordLoginService,
    private readonly byMail: SignUpByMailService,
    private readonly verification: EmailVerificationService,
    private readonly visitors: VisitorsService,
    private readonly pages: PagesService,
    private readonly signIn: SignInPagesService,
  ) {}

  @Page('signup')
  @Public()
  show(
    @Query() query: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): string {
    const email = String(query['login_hint'] ?? '');
    return this.page(request, reply, { next: returnAddress(query['continue']), email });
  }

  @PageForm('signup')
  @Public()
  @Limited('signup')
  async signUp(
    @Body() body: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const next = returnAddress(body['continue']);
    const typed = { next, email: body['email'] ?? '', name: body['name'] ?? '' };
    const reading = readForm(SignUpForm, { ...body, name: body['name']?.trim() ?? '' }, TEXTS);
    const errors = reading.errors ?? unequal(reading.value, 'password', 'again');
    if (!reading.value || errors) return this.page(request, reply, { ...typed, errors: errors ?? {} }, 400);
    const { email, password, name } = reading.value;
    try {
      return await this.make({ email, password, name: name || null }, next, request, reply);
    } catch (error) {
      const { problem, field, status } = refusalText(error, { count: this.settings.PASSWORD_MIN_LENGTH });
      const props = field ? { errors: { [field]: problem.key } } : { problem };
      return this.page(request, reply, { ...typed, ...props }, status);
    }
  }

  @PageForm('signup/again')
  @Public()
  @Limited('email_verification')
  async sendAgain(
    @Body() { email: typed = '', continue: next }: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const email = normaliseEmail(typed);
    await this.verification.sendAgain(email, actorOf(request));
    return this.checkMail(request, reply, { email, next: returnAddress(next), wasSentAgain: true });
  }

  private async make(
    account: { email: string; password: string; name: string | null },
    next: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string | undefined> {
    if (this.settings.REQUIRE_VERIFIED_EMAIL === 'on') {
      await this.byMail.signUp(account, actorOf(request));
      return this.checkMail(request, reply, { email: account.email, next });
    }
    try {
      const { tokens } = await this.signingUp.signUp(account, actorOf(request));
      await this.visitors.signIn(request, reply, tokens);
    } catch (error) {
      if (!(error instanceof EmailTaken)) throw error;
      return this.signInInstead(error, account, next, request, reply);
    }
    return this.pages.goOn(request, reply, next);
  }

  /** The second click of two, or an owner who has forgotten that they have an account: with its password they are in. */
  private async signInInstead(
    taken: EmailTaken,
    account: { email: string; password: string },
    next: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string | undefined> {
    try {
      const { tokens } = await this.login.logIn(account, actorOf(request));
      await this.visitors.signIn(request, reply, tokens);
      return this.pages.goOn(request, reply, next);
    } catch (error) {
      if (error instanceof MfaRequired)
        return this.signIn.secondStep(request, reply, error, { next, email: account.email });
      throw error instanceof InvalidCredentials ? taken : error;
    }
  }

  private checkMail(
    request: FastifyRequest,
    reply: FastifyReply,
    told: { email: string; next: string; wasSentAgain?: boolean },
  ): string {
    const view = <CheckMailView purpose="verification" again="/signup/again" {...told} />;
    return this.pages.show(request, reply, view, { title: 'checkMail.title', address: '/login' });
  }

  private page(
    request: FastifyRequest,
    reply: FastifyReply,
    props: Omit<SignUpProps, 'minLength'>,
    status?: number,
  ): string {
    const view = <SignUpView {...props} minLength={this.settings.PASSWORD_MIN_LENGTH} />;
    const address = `/signup?continue=${encodeURIComponent(props.next)}`;
    return this.pages.show(request, reply, view, {
      title: 'signUp.title',
      address,
      ...(status && { status }),
    });
  }
}
