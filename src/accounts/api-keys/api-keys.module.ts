import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApiKeyGate } from '../access/api-key-gate.js';
import { RolesModule } from '../roles/roles.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { ApiKeyRefusals } from './api-key-refusals.service.js';
import { ApiKeyUses } from './api-key-uses.service.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysService } from './api-keys.service.js';
import { LiveApiKeys } from './live-api-keys.service.js';
import { UsersApiKeysController } from './users-api-keys.controller.js';

/** Global for its gate, which whoever verifies tokens asks without knowing this folder. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([ApiKey]), TokensModule, RolesModule, UsersModule],
  controllers: [ApiKeysController, UsersApiKeysController],
  providers: [
    ApiKeysService,
    ApiKeyUses,
    ApiKeyRefusals,
    LiveApiKeys,
    { provide: ApiKeyGate, useExisting: LiveApiKeys },
  ],
  exports: [ApiKeysService, LiveApiKeys, ApiKeyGate],
})
export class ApiKeysModule {}
