import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OAuthPagesService, type PostedAnswer } from '../../oauth/provider/oauth-pages.service.js';
import { DoneView } from '../views/done.view.js';
import { GoOn } from '../views/go-on.view.js';
import { PagesService } from '../views/pages.service.js';
import { FormPostView } from './form-post.view.js';

/** The answers of the authorization endpoint that are documents, in the layout and the language of all pages. */
@Injectable()
export class AnswerPagesService {
  constructor(
    private readonly pages: PagesService,
    answers: OAuthPagesService,
  ) {
    answers.use({
      goOn: (request, reply, address) =>
        this.pages.show(request, reply, <GoOn address={address} />, { title: 'goOn.title', address: '/' }),
      signedOut: (request, reply) => this.signedOut(request, reply),
      formPost: (request, reply, answer) => this.formPost(request, reply, answer),
    });
  }

  private signedOut(request: FastifyRequest, reply: FastifyReply): string {
    const view = (
      <DoneView title="loggedOut.title" text="loggedOut.text" href="/login" link="loggedOut.link" />
    );
    return this.pages.show(request, reply, view, { title: 'loggedOut.title', address: '/login' });
  }

  /** Under a policy of its own: the client may lead its form on to wherever it likes, so that `form-action` is left out. */
  private formPost(request: FastifyRequest, reply: FastifyReply, answer: PostedAnswer): string {
    const html = this.pages.show(request, reply, <FormPostView {...answer} />, {
      title: 'goOn.title',
      address: '/',
    });
    const policy = [
      "default-src 'none'",
      `script-src 'self' ${answer.scriptSource}`,
      "style-src 'self'",
      "img-src 'self'",
      "font-src 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ];
    void reply.headers({ 'content-security-policy': policy.join('; ') });
    return html;
  }
}
