import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { RolesModule } from '../roles/roles.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { TokenInspectionService } from './token-inspection.service.js';
import { TokenStatusService } from './token-status.service.js';
import { TokensController } from './tokens.controller.js';
import { FirstAdmin } from './first-admin.js';

@Module({
  imports: [TokensModule, SessionsModule, RolesModule, UsersModule, ApiKeysModule],
  controllers: [AuthController, TokensController],
  providers: [AuthService, FirstAdmin, TokenStatusService, TokenInspectionService],
})
export class AuthModule {}
