import { Module } from '@nestjs/common';
import { UsersModule } from '../../accounts/users/users.module.js';
import { SessionsModule } from '../../tokens/sessions/sessions.module.js';
import { AssetsService } from './assets.service.js';
import { BrandController } from './brand.controller.js';
import { BrandService } from './brand.service.js';
import { ClientController } from './client.controller.js';
import { PagesService } from './pages.service.js';
import { PreferencesController } from './preferences.controller.js';
import { ProblemPagesService } from './problem-pages.service.js';
import { TemplatesService } from './templates.service.js';
import { TextsService } from './texts.service.js';
import { VisitorsService } from './visitors.service.js';

@Module({
  imports: [SessionsModule, UsersModule],
  controllers: [BrandController, ClientController, PreferencesController],
  providers: [
    AssetsService,
    BrandService,
    PagesService,
    ProblemPagesService,
    TemplatesService,
    TextsService,
    VisitorsService,
  ],
  exports: [
    AssetsService,
    PagesService,
    ProblemPagesService,
    TemplatesService,
    TextsService,
    VisitorsService,
  ],
})
export class ViewsModule {}
