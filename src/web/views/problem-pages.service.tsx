import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OAuthProblem, type Problem } from '../../platform/http/problem.js';
import { PagesService } from './pages.service.js';
import { ProblemView } from './problem.view.js';
import { returnAddress } from './return-address.js';
import type { TextKey } from './texts.types.js';

/** What is for programs, from every caller. */
const FOR_PROGRAMS =
  /^\/(v1|\.well-known|assets|brand)\/|^\/oauth\/(?!authorize|logout)|^\/(openapi\.json|metrics|health\/)/;

/** What people are sent to, whatever it says that it accepts. */
const FOR_PEOPLE = /^\/oauth\/(authorize|logout)(\?|$)/;

const BY_STATUS: Record<number, { title: TextKey; text: TextKey }> = {
  403: { title: 'problem.forbidden', text: 'problem.forbiddenText' },
  404: { title: 'problem.notFound', text: 'problem.notFoundText' },
  413: { title: 'problem.tooLarge', text: 'problem.tooLargeText' },
  429: { title: 'problem.tooOften', text: 'problem.tooOftenText' },
  503: { title: 'problem.busy', text: 'problem.busyText' },
};
/** What only who made the application can mend; it goes back there by no redirect, because that would lead to an address that was not checked. */
const BY_CODE: Record<string, { title: TextKey; text: TextKey }> = {
  unknown_client: { title: 'problem.client', text: 'problem.clientText' },
  unregistered_redirect_uri: { title: 'problem.client', text: 'problem.clientText' },
  request_gone: { title: 'problem.gone', text: 'problem.goneText' },
};
const REFUSED = { title: 'problem.refused', text: 'problem.refusedText' } as const;
const FAILED = { title: 'problem.failed', text: 'problem.failedText' } as const;

/** Shows visitors what went wrong as a page, and leads those to the sign-in who have to. */
@Injectable()
export class ProblemPagesService {
  constructor(private readonly pages: PagesService) {}

  /** Whether the problem was answered by a page; what asks for anything but HTML gets the document. */
  show(problem: Problem, request: FastifyRequest, reply: FastifyReply): boolean {
    if (!isVisit(request)) return false;
    const next = nextOf(problem);
    if (next) this.pages.redirect(reply, `${next}?continue=${encodeURIComponent(pageOf(request))}`);
    const html = next ? '' : this.page(problem, request, reply);
    void reply.send(html);
    return true;
  }

  private page(problem: Problem, request: FastifyRequest, reply: FastifyReply) {
    const { status, code, detail, headers } = problem;
    const isOfClient = Object.hasOwn(BY_CODE, code) || (status < 500 && problem instanceof OAuthProblem);
    const { title, text } = isOfClient
      ? (BY_CODE[code] ?? BY_CODE['unknown_client']!)
      : (BY_STATUS[status] ?? (status < 500 ? REFUSED : FAILED));
    void reply.headers(headers);
    const said = { title, text, code, detail, requestId: request.id };
    const view = <ProblemView {...said} isForDevelopers={isOfClient && title !== 'problem.gone'} />;
    return this.pages.show(request, reply, view, { title, status, address: '/' });
  }
}

/** Who must sign in is led there, and who must prove it once more as well. */
function nextOf({ code }: Problem): string | undefined {
  if (code === 'unauthenticated') return '/login';
  return code === 'insufficient_user_authentication' ? '/step-up' : undefined;
}

/** The page that was asked for, or the one that the form stands on. */
function pageOf({ method, url, headers: { referer = '' } }: FastifyRequest): string {
  if (method === 'GET') return returnAddress(url);
  if (!URL.canParse(referer)) return returnAddress(undefined);
  const { pathname, searchParams } = new URL(referer);
  // What it said has been done, it would say once more.
  searchParams.delete('done');
  return returnAddress(searchParams.size > 0 ? `${pathname}?${searchParams.toString()}` : pathname);
}

/** A browser that goes to a page says that it takes HTML; scripts and programs do not. */
function isVisit({ headers: { accept = '' }, url }: FastifyRequest): boolean {
  return (accept.includes('text/html') || FOR_PEOPLE.test(url)) && !FOR_PROGRAMS.test(url);
}
