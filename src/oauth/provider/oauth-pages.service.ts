import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';

/** Leads on without being a redirect; see {@link OAuthPagesService.goOn}. */
export type GoOnPage = (request: FastifyRequest, reply: FastifyReply, address: string) => string;

export type SignedOutPage = (request: FastifyRequest, reply: FastifyReply) => string;

/** What is sent to a client by a form, and how: see {@link OAuthPagesService.formPost}. */
export interface PostedAnswer {
  address: string;
  fields: Record<string, string>;
  /** The script that sends the form with the id `answer`, and its source expression for the policy. */
  script: string;
  scriptSource: string;
}

export type FormPostPage = (request: FastifyRequest, reply: FastifyReply, answer: PostedAnswer) => string;

/** The pages of an authorization server, as something else than plain documents. */
export interface OAuthPages {
  goOn: GoOnPage;
  signedOut: SignedOutPage;
  formPost: FormPostPage;
}

const SUBMIT = "document.getElementById('answer').submit()";
const SUBMIT_SOURCE = `'sha256-${createHash('sha256').update(SUBMIT).digest('base64')}'`;
const HEADERS = { 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' };

/** The answers of the authorization endpoint that are documents: plain ones, unless the pages of `web/` are there. */
@Injectable()
export class OAuthPagesService {
  private pages: OAuthPages = { goOn: plainGoOn, signedOut: plainSignedOut, formPost: plainFormPost };

  /** To be called in a constructor. */
  use(pages: OAuthPages): void {
    this.pages = pages;
  }

  /** Where a sign-out leads that names no other address. */
  signedOut(request: FastifyRequest, reply: FastifyReply): string {
    return this.pages.signedOut(request, reply);
  }

  /**
   * Leads on to a client after a form of ours. Chromium applies `form-action` to the redirects that follow a form and
   * cancels silently; a page that goes on by itself is no redirect (docs/oauth.md).
   */
  goOn(request: FastifyRequest, reply: FastifyReply, address: string): string {
    void reply.status(200).header('refresh', `0;url=${address}`);
    return this.pages.goOn(request, reply, address);
  }

  /** The parameters of an answer as a form that sends itself (OAuth 2.0 Form Post Response Mode). */
  formPost(
    request: FastifyRequest,
    reply: FastifyReply,
    address: string,
    fields: Record<string, string>,
  ): string {
    void reply.status(200);
    const answer = { address, fields, script: SUBMIT, scriptSource: SUBMIT_SOURCE };
    return this.pages.formPost(request, reply, answer);
  }
}

function plainFormPost(
  _request: FastifyRequest,
  reply: FastifyReply,
  { address, fields, script, scriptSource }: PostedAnswer,
): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const content =
    `<form id="answer" method="post" action="${escaped(address)}">${inputs.join('')}<button>Continue</button></form>` +
    `<script>${script}</script>`;
  return plainPage(reply, 'One moment', content, scriptSource);
}

function plainGoOn(_request: FastifyRequest, reply: FastifyReply, address: string): string {
  return plainPage(reply, 'One moment', `<p><a href="${escaped(address)}">Continue</a></p>`);
}

function plainSignedOut(_request: FastifyRequest, reply: FastifyReply): string {
  return plainPage(reply, 'Signed out', '<p>You are signed out.</p>');
}

function plainPage(reply: FastifyReply, title: string, content: string, scripts = "'none'"): string {
  const policy = `default-src 'none'; script-src ${scripts}; base-uri 'none'; frame-ancestors 'none'`;
  void reply.headers({ ...HEADERS, 'content-security-policy': policy }).type('text/html; charset=utf-8');
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body>` +
    `${content}</body></html>`
  );
}

function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character]!);
}
