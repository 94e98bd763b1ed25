import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { RouteRegistry } from '../../platform/access/route-registry.js';
import { Settings } from '../../platform/config/settings.js';
import type { Locale } from '../../platform/texts/locales.js';
import { templatesIn, type PageTemplates } from './page-templates.js';

/** The pages that an operator lays out by files of their own, read at start. */
@Injectable()
export class TemplatesService implements OnApplicationBootstrap {
  private readonly log = new Logger('Templates');
  private readonly templates: PageTemplates;
  private readonly apps: string[] = [];
  private pages: ReadonlySet<string> = new Set();

  /** @throws StartupError for files of `WEB_TEMPLATES` that cannot be used, with a line for each thing that is wrong */
  constructor(
    { WEB_TEMPLATES }: Settings,
    private readonly routes: RouteRegistry,
  ) {
    this.templates = WEB_TEMPLATES === '' ? new Map() : templatesIn(WEB_TEMPLATES);
  }

  /** Has an operator told that this page, and those below it, are an application of their own, which no file lays out. */
  exclude(path: string): void {
    this.apps.push(path);
  }

  onApplicationBootstrap(): void {
    const { routes } = this.routes;
    const paths = new Set(routes.map(({ path }) => path));
    this.pages = new Set(routes.filter(({ method }) => method === 'GET').map(({ path }) => path));
    for (const path of new Set([...this.templates.keys()].map((key) => key.split(' ', 1)[0]!))) {
      const app = this.apps.find((each) => path === each || path.startsWith(`${each}/`));
      if (app !== undefined)
        this.log.warn(`WEB_TEMPLATES: no file lays out ${path}, which is part of ${app}`);
      else if (!paths.has(path))
        this.log.warn(`WEB_TEMPLATES: there is no page ${path}, or its feature is off`);
    }
  }

  /**
   * That of the page at this path, in this language if there is one. What a form that is sent below a page shows, as a
   * wrong code does, is laid out as the page that the form is of, unless it has a file of its own.
   */
  of(path: string | undefined, { tag }: Pick<Locale, 'tag'>): string | undefined {
    if (path === undefined || this.templates.size === 0) return undefined;
    const own = this.templates.get(`${path} ${tag}`) ?? this.templates.get(path);
    const parent = path.slice(0, path.lastIndexOf('/'));
    return own === undefined && parent !== '' && !this.pages.has(path) ? this.of(parent, { tag }) : own;
  }
}
