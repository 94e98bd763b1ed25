import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { GatewayModule } from '../gateway/gateway.module.js';
import { ResourcesModule } from '../resources/resources.module.js';
import { RequestLog } from './request-log.service.js';
import { UsageCount } from './usage-count.entity.js';
import { UsageController } from './usage.controller.js';
import { UsageRequest } from './usage-request.entity.js';
import { UsageTop } from './usage-top.service.js';
import { UsageRecorder } from './usage-recorder.service.js';
import { UsageService } from './usage.service.js';
import { UsageWriter } from './usage-writer.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([UsageCount, UsageRequest]), ResourcesModule, GatewayModule],
  controllers: [UsageController],
  providers: [UsageRecorder, UsageWriter, UsageService, UsageTop, RequestLog],
  exports: [UsageService],
})
export class UsageModule {}
