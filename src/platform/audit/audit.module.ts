import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditEvent } from './audit-event.entity.js';
import { AuditExportService } from './audit-export.service.js';
import { AuditController } from './audit.controller.js';
import { AuditService } from './audit.service.js';
import { Denials } from './denials.js';
import { RepeatedEvents } from './repeated-events.service.js';
import { EventsService } from './events.service.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([AuditEvent])],
  controllers: [AuditController],
  providers: [EventsService, AuditService, AuditExportService, RepeatedEvents, Denials],
  exports: [EventsService, AuditService, RepeatedEvents],
})
export class AuditModule {}
