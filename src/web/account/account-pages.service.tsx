import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { VNode } from 'preact';
import { RouteRegistry } from '../../platform/access/route-registry.js';
import { ConsoleEntriesService } from '../console/console-entries.service.js';
import { PagesService } from '../views/pages.service.js';
import type { TextKey } from '../views/texts.types.js';
import { AccountLayout, SECTIONS, type Section } from './account-layout.view.js';

/** What `?done=` may say; anything else says nothing. */
const DONE: Record<string, TextKey> = {
  name: 'done.name',
  password: 'done.password',
  passkey: 'done.passkey',
  renamed: 'done.renamed',
  removed: 'done.removed',
  totp: 'done.totp',
  session: 'done.session',
  sessions: 'done.sessions',
  key: 'done.key',
  app: 'done.app',
};

/** How a page of the account is answered. */
export interface AccountPageOptions {
  title?: TextKey;
  status?: number | undefined;
  address?: string;
}

/** The pages of one's own account, in their layout. */
@Injectable()
export class AccountPagesService {
  private offered: typeof SECTIONS | undefined;

  constructor(
    private readonly pages: PagesService,
    private readonly routes: RouteRegistry,
    private readonly entries: ConsoleEntriesService,
  ) {}

  show(
    request: FastifyRequest,
    reply: FastifyReply,
    section: Section,
    view: VNode,
    { title = `account.${section}`, status, address }: AccountPageOptions = {},
  ): string {
    const { done } = (request.query ?? {}) as { done?: unknown };
    const isKnown = request.method === 'GET' && typeof done === 'string' && Object.hasOwn(DONE, done);
    const said = isKnown ? DONE[done] : undefined;
    const page = (
      <AccountLayout
        section={section}
        sections={this.sections}
        hasConsole={request.user !== undefined && this.entries.isFor(request.user)}
        title={title}
        done={said}
      >
        {view}
      </AccountLayout>
    );
    return this.pages.show(request, reply, page, {
      title,
      shape: 'wide',
      address: address ?? request.url,
      ...(status && { status }),
    });
  }

  /** Leads back to a page, which says what has been done. */
  done(reply: FastifyReply, path: string, what: string): undefined {
    return this.pages.redirect(reply, `${path}?done=${what}`);
  }

  private get sections(): typeof SECTIONS {
    return (this.offered ??= SECTIONS.filter(([, path]) => this.routes.find('GET', path)));
  }
}
