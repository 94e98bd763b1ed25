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

  /** @throws StartupError for files of `WEB_TEMPLATES` that cannot be used, with a line for each thing that is wrong */
  constructor(
    { WEB_TEMPLATES }: Settings,
    private readonly routes: RouteRegistry,
  ) {
    this.templates = WEB_TEMPLATES === '' ? new Map() : templatesIn(WEB_TEMPLATES);
  }

  onApplicationBootstrap(): void {
    const paths = new Set(
      this.routes.routes.filter(({ method }) => method === 'GET').map(({ path }) => path),
    );
    for (const key of this.templates.keys()) {
      const [path] = key.split(' ', 1);
      if (!paths.has(path!)) this.log.warn(`WEB_TEMPLATES: there is no page ${path}, or its feature is off`);
    }
  }

  /** That of the page at this path, in this language if there is one. */
  of(path: string | undefined, { tag }: Locale): string | undefined {
    if (path === undefined || this.templates.size === 0) return undefined;
    return this.templates.get(`${path} ${tag}`) ?? this.templates.get(path);
  }
}
