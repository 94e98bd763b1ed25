import { Module } from '@nestjs/common';
import { ResourcesModule } from '../resources/resources.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsersModule } from '../users/users.module.js';
import { ExportRunsService } from './export-runs.service.js';
import { ImportRunsService } from './import-runs.service.js';
import { ResourcesTransferController } from './resources-transfer.controller.js';
import { ResourcesTransferService } from './resources-transfer.service.js';
import { RightsService } from './rights.service.js';
import { UsersTransferController } from './users-transfer.controller.js';
import { UsersTransferService } from './users-transfer.service.js';

@Module({
  imports: [SessionsModule, UsersModule, ResourcesModule],
  controllers: [UsersTransferController, ResourcesTransferController],
  providers: [
    UsersTransferService,
    ResourcesTransferService,
    ImportRunsService,
    ExportRunsService,
    RightsService,
  ],
  exports: [UsersTransferService, ResourcesTransferService],
})
export class TransferModule {}
