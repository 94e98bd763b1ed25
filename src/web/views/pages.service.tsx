import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { schemeCookie } from '../../platform/http/page-cookies.js';
import { AssetsService } from './assets.service.js';
import { BrandMark } from './brand-mark.view.js';
import { BrandService } from './brand.service.js';
import { GoOn } from './go-on.view.js';
import { Layout, Main, SkipLink, type LayoutProps } from './layout.view.js';
import { PageContexts, type PageContext, type Scheme } from './page-context.js';
import { PageMenu } from './page-menu.view.js';
import { filled } from './page-templates.js';
import { PAGE_HEADERS } from './page-headers.js';
import { leavesAfterwards } from './return-address.js';
import { TemplatesService } from './templates.service.js';
import { TextsService } from './texts.service.js';
import type { TextValues } from '../../platform/texts/texts.types.js';
import type { TextKey, Translate } from './texts.types.js';

/** How a page is answered. */
export interface PageOptions {
  title: TextKey;
  titleValues?: TextValues;
  /** 200 when it is left out. */
  status?: number;
  shape?: LayoutProps['shape'];
  /** Where to come back to; the page's own path and query when it is left out. */
  address?: string;
  /** Entries of `web/vite.config.mjs` that this page loads besides its own; with the shape `app`, instead of them. */
  scripts?: string[];
}

const SCHEMES: readonly string[] = ['system', 'light', 'dark'] satisfies Scheme[];

/** Answers with pages: a view in the layout, in the visitor's language and the operator's colours. */
@Injectable()
export class PagesService {
  constructor(
    private readonly texts: TextsService,
    private readonly brand: BrandService,
    private readonly assets: AssetsService,
    private readonly templates: TemplatesService,
  ) {}

  /** Sets the status and the headers of a page, and gives its HTML for the handler to return. */
  show(request: FastifyRequest, reply: FastifyReply, view: VNode, options: PageOptions): string {
    const { title, titleValues, status, shape = 'card' } = options;
    const page = this.contextOf(request, options);
    void reply.headers(PAGE_HEADERS).type('text/html; charset=utf-8');
    if (status !== undefined) void reply.status(status);
    const heading = page.t(title, titleValues);
    const body = shape === 'app' ? undefined : this.ownBody(request, page, heading, view);
    const html = render(
      page,
      <Layout title={heading} shape={shape} body={body}>
        {view}
      </Layout>,
    );
    return `<!doctype html>${html}`;
  }

  /** Leads on after a form, by 303, so that reloading does not send it again. */
  redirect(reply: FastifyReply, address: string): undefined {
    void reply.status(303).headers(PAGE_HEADERS).header('location', address);
    return undefined;
  }

  /**
   * Leads on to an address that may lead to another application. Chromium applies `form-action` to the redirects that
   * follow a form, and cancels silently; a page that goes on by itself is no redirect.
   */
  goOn(request: FastifyRequest, reply: FastifyReply, address: string): string | undefined {
    if (!leavesAfterwards(address)) return this.redirect(reply, address);
    void reply.header('refresh', `0;url=${address}`);
    return this.show(request, reply, <GoOn address={address} />, { title: 'goOn.title' });
  }

  /** The texts in the language of a request, for what is no view. */
  textsFor(request: FastifyRequest): Translate {
    return this.texts.in(this.texts.localeOf(request));
  }

  /** What an operator's template makes of a page; `undefined` without one. */
  private ownBody(
    request: FastifyRequest,
    page: PageContext,
    title: string,
    view: VNode,
  ): string | undefined {
    const template = this.templates.of(request.routeOptions.url, page.locale);
    if (template === undefined) return undefined;
    const parts = {
      brand: render(page, <BrandMark />),
      title: render(page, <>{title}</>),
      content: render(page, <Main>{view}</Main>),
      menu: render(page, <PageMenu />),
    };
    return render(page, <SkipLink />) + filled(template, parts);
  }

  private contextOf(request: FastifyRequest, { address, shape, scripts = [] }: PageOptions): PageContext {
    const locale = this.texts.localeOf(request);
    const { theme, custom } = this.brand;
    const entries = scripts.map((source) => this.assets.entry(source));
    const isApp = shape === 'app';
    return {
      t: this.texts.in(locale),
      locale,
      locales: this.texts.locales,
      scheme: schemeOf(schemeCookie(request)),
      brand: this.brand,
      styles: [
        ...(isApp ? [] : [this.assets.url('styles/pages.css')]),
        ...entries.flatMap(({ styles }) => styles),
        theme.url,
        ...(custom ? [custom.url] : []),
      ],
      scripts: [...(isApp ? [] : [this.assets.url('page.ts')]), ...entries.map(({ script }) => script)],
      address: address ?? request.url,
      principal: request.user,
    };
  }
}

function render(page: PageContext, node: VNode): string {
  return renderToString(<PageContexts.Provider value={page}>{node}</PageContexts.Provider>);
}

function schemeOf(chosen: string | undefined): Scheme {
  return chosen !== undefined && SCHEMES.includes(chosen) ? (chosen as Scheme) : 'system';
}
