import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { TargetChecks } from './target-checks.service.js';
import { UpstreamAddresses } from './upstream-addresses.service.js';
import { UpstreamConnections } from './upstream-connections.service.js';
import { Upstream } from './upstream.entity.js';
import { UpstreamsController } from './upstreams.controller.js';
import { UpstreamsService } from './upstreams.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Upstream]), TokensModule],
  controllers: [UpstreamsController],
  providers: [UpstreamAddresses, UpstreamConnections, UpstreamsService, TargetChecks],
  exports: [UpstreamsService, UpstreamConnections],
})
export class UpstreamsModule {}
