import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthorityVersion } from './authority-version.entity.js';
import { RevocationBroadcast } from './revocation-broadcast.service.js';
import { Revocation } from './revocation.entity.js';
import { RevocationsService } from './revocations.service.js';
import { TokenClock } from './token-clock.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Revocation, AuthorityVersion])],
  providers: [TokenClock, RevocationBroadcast, RevocationsService],
  exports: [TokenClock, RevocationsService],
})
export class RevocationModule {}
