import { Module } from '@nestjs/common';
import { ClientsModule } from '../../oauth/clients/clients.module.js';
import { ConsentsModule } from '../../oauth/consents/consents.module.js';
import { ProviderModule } from '../../oauth/provider/provider.module.js';
import { ViewsModule } from '../views/views.module.js';
import { AccountPagesModule } from '../account/account-pages.module.js';
import { AnswerPagesService } from './answer-pages.service.js';
import { ApplicationPagesController } from './applications.controller.js';
import { ConsentController } from './consent.controller.js';
import { DevicePagesController } from './device.controller.js';
import { ListedClientSessionsService } from './listed-client-sessions.service.js';
import { PermissionsService } from './permissions.service.js';
import { SelectAccountController } from './select-account.controller.js';

/** Loaded with the feature `oauth`. */
@Module({
  imports: [AccountPagesModule, ClientsModule, ConsentsModule, ProviderModule, ViewsModule],
  controllers: [
    ConsentController,
    SelectAccountController,
    DevicePagesController,
    ApplicationPagesController,
  ],
  providers: [AnswerPagesService, PermissionsService, ListedClientSessionsService],
})
export class OAuthPagesModule {}
