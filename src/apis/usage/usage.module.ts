import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { GatewayModule } from '../gateway/gateway.module.js';
import { ResourcesModule } from '../resources/resources.module.js';
import { UsageCount } from './usage-count.entity.js';
import { UsageController } from './usage.controller.js';
import { UsageRecorder } from './usage-recorder.service.js';
import { UsageService } from './usage.service.js';
import { UsageWriter } from './usage-writer.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([UsageCount]), ResourcesModule, GatewayModule],
  controllers: [UsageController],
  providers: [UsageRecorder, UsageWriter, UsageService],
  exports: [UsageService],
})
export class UsageModule {}
