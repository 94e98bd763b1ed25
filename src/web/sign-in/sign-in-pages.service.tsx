import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Method, MfaRequired } from '../../accounts/factors/factors.errors.js';
import { Problem } from '../../platform/http/problem.js';
import { PagesService } from '../views/pages.service.js';
import { textOf } from '../views/problem-texts.js';
import { LoginView, type LoginProps } from './login.view.js';
import { SecondStepView, type SecondStepProps } from './second-step.view.js';

/** The pages of the sign-in, which lead to one another. */
@Injectable()
export class SignInPagesService {
  constructor(private readonly pages: PagesService) {}

  login(request: FastifyRequest, reply: FastifyReply, props: LoginProps, status?: number): string {
    const address = `/login?continue=${encodeURIComponent(props.next)}`;
    return this.pages.show(request, reply, <LoginView {...props} />, {
      title: 'login.title',
      address,
      ...(status && { status }),
    });
  }

  /** The sign-in once more, with what was wrong. @throws what no form can do anything about */
  refused(request: FastifyRequest, reply: FastifyReply, error: unknown, props: LoginProps): string {
    const problem = error instanceof Problem ? textOf(error) : undefined;
    if (!problem) throw error;
    const { headers, status } = error as Problem;
    void reply.headers(headers);
    return this.login(request, reply, { ...props, problem }, status);
  }

  /** Asks for the second factor, the easiest to use first. */
  secondStep(
    request: FastifyRequest,
    reply: FastifyReply,
    required: MfaRequired,
    { next, email }: Pick<SecondStepProps, 'next' | 'email'>,
  ): string {
    const { challenge_token, methods } = required.toDocument(request.id) as unknown as {
      challenge_token: string;
      methods: Method[];
    };
    const props = { next, email, challenge: challenge_token, methods, method: methods[0]! };
    return this.secondStepPage(request, reply, props);
  }

  secondStepPage(
    request: FastifyRequest,
    reply: FastifyReply,
    props: SecondStepProps,
    status?: number,
  ): string {
    return this.pages.show(request, reply, <SecondStepView {...props} />, {
      title: 'secondStep.title',
      address: `/login?continue=${encodeURIComponent(props.next)}`,
      ...(status && { status }),
    });
  }
}
