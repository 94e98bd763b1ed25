import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../../accounts/api-keys/api-keys.module.js';
import { UsersModule } from '../../accounts/users/users.module.js';
import { AccountPagesModule } from './account-pages.module.js';
import { ApiKeyPagesController } from './api-keys.controller.js';

/** Loaded with the feature `api-keys`. */
@Module({
  imports: [UsersModule, ApiKeysModule, AccountPagesModule],
  controllers: [ApiKeyPagesController],
})
export class ApiKeyPagesModule {}
