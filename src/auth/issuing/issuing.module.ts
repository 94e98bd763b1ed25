import { Module } from '@nestjs/common';
import { UsersModule } from '../../accounts/users/users.module.js';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { SessionsModule } from '../../tokens/sessions/sessions.module.js';
import { KnownDevices } from './known-devices.service.js';
import { SessionTokensService } from './session-tokens.service.js';
import { SignInService } from './sign-in.service.js';
import { TokenDelivery } from './token-delivery.service.js';

@Module({
  imports: [TokensModule, SessionsModule, UsersModule],
  providers: [SessionTokensService, SignInService, TokenDelivery, KnownDevices],
  exports: [SessionTokensService, SignInService, TokenDelivery, KnownDevices],
})
export class IssuingModule {}
