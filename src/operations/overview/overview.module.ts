import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ActivityCount } from './activity-count.entity.js';
import { ActivityService } from './activity.service.js';
import { CensusService } from './census.service.js';
import { OverviewController } from './overview.controller.js';
import { OverviewService } from './overview.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([ActivityCount])],
  controllers: [OverviewController],
  providers: [ActivityService, CensusService, OverviewService],
})
export class OverviewModule {}
