import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RevocationModule } from '../revocation/revocation.module.js';
import { OneTimeToken } from './one-time-token.entity.js';
import { OneTimeTokensService } from './one-time-tokens.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([OneTimeToken]), RevocationModule],
  providers: [OneTimeTokensService],
  exports: [OneTimeTokensService],
})
export class OneTimeTokensModule {}
