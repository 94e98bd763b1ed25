import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { NodesController } from './nodes.controller.js';
import { MetricsController } from './metrics.controller.js';

@Module({
  imports: [TokensModule],
  controllers: [HealthController, MetricsController, NodesController],
})
export class HealthModule {}
