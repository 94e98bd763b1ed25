import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { MetricsController } from './metrics.controller.js';

@Module({
  imports: [TokensModule],
  controllers: [HealthController, MetricsController],
})
export class HealthModule {}
