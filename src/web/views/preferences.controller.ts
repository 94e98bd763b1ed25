import { Body, Controller, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { Settings } from '../../platform/config/settings.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { setPreferenceCookies } from '../../platform/http/page-cookies.js';
import { withoutAskedLocales } from '../../platform/texts/asked-locales.js';
import type { FormBody } from './forms.js';
import { bestLocale } from '../../platform/texts/locales.js';
import { PageForm } from './pages.decorators.js';
import { PagesService } from './pages.service.js';
import { returnAddress } from './return-address.js';
import { TextsService } from './texts.service.js';

/** How pages speak and look, for who has chosen. */
@ApiExcludeController()
@Controller()
export class PreferencesController {
  constructor(
    private readonly settings: Settings,
    private readonly pages: PagesService,
    private readonly texts: TextsService,
  ) {}

  @PageForm('preferences')
  @Public()
  choose(@Body() body: FormBody, @Res({ passthrough: true }) reply: FastifyReply): undefined {
    const { locale = '', scheme = '' } = body;
    const chosen = bestLocale([locale], this.texts.locales) ?? this.texts.locales[0]!;
    setPreferenceCookies(reply, this.settings, {
      locale: chosen.tag,
      scheme: ['light', 'dark'].includes(scheme) ? scheme : 'system',
    });
    const back = returnAddress(body['continue'], '/', { mayBeSignIn: true });
    return this.pages.redirect(reply, withoutAskedLocales(back));
  }
}
