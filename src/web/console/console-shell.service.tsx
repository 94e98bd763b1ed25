import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { VNode } from 'preact';
import type { User } from '../../accounts/users/user.entity.js';
import type { Principal } from '../../platform/access/principal.js';
import { Settings } from '../../platform/config/settings.js';
import { schemeCookie } from '../../platform/http/page-cookies.js';
import { AssetsService } from '../views/assets.service.js';
import type { Locale } from '../../platform/texts/locales.js';
import { TextsService } from '../views/texts.service.js';
import { ConsoleEntriesService } from './console-entries.service.js';
import { ConsoleShell } from './console-shell.view.js';
import { ConsoleTextsService } from './console-texts.service.js';
import { ENTRY_NAMES, type ConsoleSettings } from './console.types.js';

export const SCRIPT = 'console/main.tsx';

/** Makes what stands in the document of the console before its script has run. */
@Injectable()
export class ConsoleShellService {
  constructor(
    private readonly settings: Settings,
    private readonly entries: ConsoleEntriesService,
    private readonly consoleTexts: ConsoleTextsService,
    private readonly texts: TextsService,
    private readonly assets: AssetsService,
  ) {}

  /** `undefined` for a user whom the console has nothing for. */
  view(
    { id, email, name }: User,
    principal: Principal,
    locale: Locale,
    request: FastifyRequest,
  ): VNode | undefined {
    const { entries, extensions } = this.entries.of(principal, locale.tag);
    if (entries.length === 0) return undefined;
    const settings: Omit<ConsoleSettings, 'brand'> = {
      issuer: this.settings.PUBLIC_URL,
      user: { id, email, name },
      scopes: [...principal.scopes],
      roles: [...principal.roles],
      locale: locale.tag,
      locales: this.texts.locales.map(({ tag, name: called }) => ({ tag, name: called })),
      scheme: schemeCookie(request) ?? 'system',
      texts: this.consoleTexts.in(locale).url,
      sendsMail: this.settings.SMTP_URL !== '',
      entries,
      extensions,
      lists: this.entries.lists,
    };
    return <ConsoleShell settings={settings} scripts={this.scriptsOf(request.url)} />;
  }

  /** The script of the page at this address, so that it comes along with the first one. */
  private scriptsOf(url: string): string[] {
    const [, , name = 'overview', id] = new URL(url, this.settings.PUBLIC_URL).pathname.split('/');
    const entry = ENTRY_NAMES.find((each) => each === name);
    if (!entry) return [];
    const source = `console/pages/${id === undefined ? entry : `${entry}-one`}.tsx`;
    return this.assets.has(source) ? [this.assets.url(source)] : [];
  }
}
