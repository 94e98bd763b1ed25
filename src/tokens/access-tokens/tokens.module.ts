import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { KnownPrincipals } from '../../platform/access/known-principals.js';
import { KeysModule } from '../keys/keys.module.js';
import { OneTimeTokensModule } from '../one-time-tokens/one-time-tokens.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { AccessTokenRules } from './access-token-rules.service.js';
import { AccessTokensService } from './access-tokens.service.js';
import { ClientJwtsService } from './client-jwts.service.js';
import { JwtStrategy } from './jwt.strategy.js';
import { OutdatedTokens } from './outdated-tokens.service.js';
import { SentToken } from './sent-token.service.js';
import { TokenClaimsService } from './token-claims.service.js';
import { TokenKinds } from './token-kinds.service.js';
import { TokenSigningService } from './token-signing.service.js';

/** Tokens, and with them what they are signed with and what kills them: a room that needs one needs the others. */
@Module({
  imports: [RevocationModule, KeysModule, OneTimeTokensModule, JwtModule.register({})],
  providers: [
    AccessTokenRules,
    OutdatedTokens,
    AccessTokensService,
    SentToken,
    TokenClaimsService,
    TokenKinds,
    TokenSigningService,
    ClientJwtsService,
    JwtStrategy,
    { provide: KnownPrincipals, useExisting: JwtStrategy },
  ],
  exports: [
    RevocationModule,
    KeysModule,
    OneTimeTokensModule,
    AccessTokenRules,
    OutdatedTokens,
    AccessTokensService,
    SentToken,
    TokenClaimsService,
    TokenKinds,
    TokenSigningService,
    ClientJwtsService,
    KnownPrincipals,
  ],
})
export class TokensModule {}
