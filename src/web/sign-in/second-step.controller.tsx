import { Body, Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InvalidChallenge, type Method } from '../../accounts/factors/factors.errors.js';
import { SecondStepService } from '../../auth/login/second-step.service.js';
import { Public } from '../../platform/access/access.decorators.js';
import { actorOf } from '../../platform/access/actor.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { Problem } from '../../platform/http/problem.js';
import { passkeyIn, readForm, type FormBody } from '../views/forms.js';
import { PageForm } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { textOf } from '../views/problem-texts.js';
import { returnAddress } from '../views/return-address.js';
import { VisitorsService } from '../views/visitors.service.js';
import { CodeForm } from './login.forms.js';
import { methodsIn } from './methods.js';
import type { SecondStepProps } from './second-step.view.js';
import { SignInPagesService } from './sign-in-pages.service.js';

/** The second step of the sign-in. */
@ApiExcludeController()
@Controller()
export class SecondStepController {
  constructor(
    private readonly secondStep: SecondStepService,
    private readonly visitors: VisitorsService,
    private readonly pages: PagesService,
    private readonly signIn: SignInPagesService,
  ) {}

  @PageForm('login/second-step')
  @Public()
  async answer(
    @Body() body: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const props = propsOf(body);
    if (body['show'] !== undefined) return this.signIn.secondStepPage(request, reply, props);
    const passkey = passkeyIn(body);
    const { value, errors } = readForm(
      CodeForm,
      { ...(passkey && { code: 'passkey' }), ...body },
      { challenge: 'error.stale', code: 'error.code' },
    );
    if (!value) {
      const key = errors['code'] ?? 'error.stale';
      return this.signIn.secondStepPage(request, reply, { ...props, problem: { key } }, 400);
    }
    try {
      const answer = passkey ? { passkey } : { code: value.code };
      const actor = actorOf(request);
      const { tokens } = await this.secondStep.answer({ challenge_token: value.challenge, ...answer }, actor);
      await this.visitors.signIn(request, reply, tokens);
      return this.pages.goOn(request, reply, props.next);
    } catch (error) {
      return this.refused(request, reply, error, props);
    }
  }

  /** A challenge that is over starts the sign-in over, with the address kept. */
  private refused(
    request: FastifyRequest,
    reply: FastifyReply,
    error: unknown,
    props: SecondStepProps,
  ): string {
    const { next, email } = props;
    if (error instanceof InvalidChallenge) return this.signIn.refused(request, reply, error, { next, email });
    const problem = error instanceof Problem ? textOf(error) : undefined;
    if (!problem) throw error;
    const { headers, status } = error as Problem;
    void reply.headers(headers);
    return this.signIn.secondStepPage(request, reply, { ...props, problem }, status);
  }
}

/** What the page needs to show itself once more; nothing of it is trusted. */
function propsOf(body: FormBody): SecondStepProps {
  const methods: Method[] = methodsIn(body['methods']);
  const [first = 'totp'] = methods;
  const wanted = body['show'] ?? body['method'];
  return {
    next: returnAddress(body['continue']),
    challenge: body['challenge'] ?? '',
    email: body['email'] ?? '',
    methods,
    method: methods.find((each) => each === wanted) ?? first,
  };
}
