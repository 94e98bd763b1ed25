import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsersModule } from '../../accounts/users/users.module.js';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { ResourcesModule } from '../resources/resources.module.js';
import { UpstreamsModule } from '../upstreams/upstreams.module.js';
import { SubscriptionsModule } from '../subscriptions/subscriptions.module.js';
import { VersionsModule } from '../versions/versions.module.js';
import { Callers } from './callers.service.js';
import { Decisions } from './decisions.service.js';
import { Documents } from './documents.service.js';
import { ExplainService } from './explain.service.js';
import { GatewayController } from './gateway.controller.js';
import { GatewayGuest } from './gateway-guest.service.js';
import { GatewayRevision } from './gateway-revision.entity.js';
import { InternalTokens } from './internal-tokens.service.js';
import { LiveTable } from './live-table.service.js';
import { OpenExchanges } from './open-exchanges.service.js';
import { Relay } from './relay.service.js';
import { RevisionsService } from './revisions.service.js';
import { RouteLimits } from './route-limits.service.js';
import { SubscriptionLimits } from './subscription-limits.service.js';
import { TargetPools } from './target-pools.service.js';
import { Traffic } from './traffic.service.js';
import { Tunnels } from './tunnels.service.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([GatewayRevision]),
    TokensModule,
    UsersModule,
    ResourcesModule,
    UpstreamsModule,
    VersionsModule,
    SubscriptionsModule,
  ],
  controllers: [GatewayController],
  providers: [
    LiveTable,
    Documents,
    RevisionsService,
    Callers,
    RouteLimits,
    SubscriptionLimits,
    Decisions,
    ExplainService,
    InternalTokens,
    TargetPools,
    OpenExchanges,
    Traffic,
    Relay,
    Tunnels,
    GatewayGuest,
  ],
  exports: [RevisionsService, Traffic],
})
export class GatewayModule {}
