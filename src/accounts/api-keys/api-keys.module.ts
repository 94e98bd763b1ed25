import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RolesModule } from '../roles/roles.module.js';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { ApiKeyKind } from './api-key-kind.service.js';
import { ApiKeyRecords } from './api-key-records.service.js';
import { ApiKeyRefusals } from './api-key-refusals.service.js';
import { ApiKeyScopes } from './api-key-scopes.service.js';
import { ApiKeyTokensService } from './api-key-tokens.service.js';
import { ApiKeyUses } from './api-key-uses.service.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysService } from './api-keys.service.js';
import { LiveApiKeys } from './live-api-keys.service.js';
import { SubscriptionKeysService } from './subscription-keys.service.js';
import { UsersApiKeysController } from './users-api-keys.controller.js';

@Module({
  imports: [TypeOrmModule.forFeature([ApiKey]), TokensModule, RolesModule, UsersModule],
  controllers: [ApiKeysController, UsersApiKeysController],
  providers: [
    ApiKeyRecords,
    ApiKeysService,
    SubscriptionKeysService,
    ApiKeyScopes,
    ApiKeyUses,
    ApiKeyRefusals,
    LiveApiKeys,
    ApiKeyTokensService,
    ApiKeyKind,
  ],
  exports: [ApiKeysService, SubscriptionKeysService],
})
export class ApiKeysModule {}
