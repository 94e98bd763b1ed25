import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AttemptsService } from './attempts.service.js';
import { FailedAttempts } from './failed-attempts.entity.js';
import { GeneralLimits } from './general-limits.js';
import { LimitStore } from './limit-store.js';
import { LimitsService } from './limits.service.js';
import { WaitsService } from './waits.service.js';
import { RateLimit } from './rate-limit.entity.js';

/** How often, besides who may. The guard stands in `app.module.ts`, after the one that knows who asks. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([RateLimit, FailedAttempts])],
  providers: [LimitStore, LimitsService, GeneralLimits, AttemptsService, WaitsService],
  exports: [LimitsService, GeneralLimits, AttemptsService, WaitsService],
})
export class LimitsModule {}
