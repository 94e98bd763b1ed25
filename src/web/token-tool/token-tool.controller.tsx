import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { Settings } from '../../platform/config/settings.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { SigningKeysService } from '../../tokens/keys/signing-keys.service.js';
import { AssetsService } from '../views/assets.service.js';
import { Page } from '../views/pages.decorators.js';
import { PagesService } from '../views/pages.service.js';
import { TextsService } from '../views/texts.service.js';
import { VisitorsService } from '../views/visitors.service.js';
import { wordsOf } from './tool-words.js';
import { TokenToolView } from './token-tool.view.js';

const SCRIPT = 'tokens/main.tsx';

/** `/tokens`: the token tool, which works in the browser. It is told what this server publishes, and nothing else. */
@ApiExcludeController()
@Controller()
export class TokenToolController {
  constructor(
    private readonly settings: Settings,
    private readonly keys: SigningKeysService,
    private readonly pages: PagesService,
    private readonly texts: TextsService,
    private readonly assets: AssetsService,
    private readonly visitors: VisitorsService,
  ) {}

  @Page('tokens')
  @Public()
  async show(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { PUBLIC_URL } = this.settings;
    const locale = this.texts.localeOf(request);
    const settings = {
      issuer: PUBLIC_URL,
      jwks: { keys: this.keys.published },
      isSignedIn: (await this.visitors.find(request)) !== undefined,
      texts: this.texts.startingWith('tool.', locale),
      ...wordsOf(locale),
    };
    const view = <TokenToolView settings={settings} scripts={this.assets.scriptsBehind(SCRIPT)} />;
    return this.pages.show(request, reply, view, { title: 'tool.title', shape: 'wide', scripts: [SCRIPT] });
  }
}
