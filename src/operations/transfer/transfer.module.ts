import { Module } from '@nestjs/common';
import { ResourcesModule } from '../../apis/resources/resources.module.js';
import { SessionsModule } from '../../tokens/sessions/sessions.module.js';
import { TokensModule } from '../../tokens/access-tokens/tokens.module.js';
import { UsersModule } from '../../accounts/users/users.module.js';
import { RolesModule } from '../../accounts/roles/roles.module.js';
import { ExportRunsService } from './export-runs.service.js';
import { ImportRunsService } from './import-runs.service.js';
import { ImportedChangesService } from './imported-changes.service.js';
import { ImportedResourcesService } from './imported-resources.service.js';
import { ImportedUsersService } from './imported-users.service.js';
import { ResourcesTransferController } from './resources-transfer.controller.js';
import { ResourcesTransferService } from './resources-transfer.service.js';
import { RightsService } from './rights.service.js';
import { UserConsentsService } from './user-consents.service.js';
import { UsersTransferController } from './users-transfer.controller.js';
import { UsersTransferService } from './users-transfer.service.js';

@Module({
  imports: [TokensModule, SessionsModule, RolesModule, UsersModule, ResourcesModule],
  controllers: [UsersTransferController, ResourcesTransferController],
  providers: [
    UsersTransferService,
    ResourcesTransferService,
    ImportedUsersService,
    ImportedChangesService,
    ImportedResourcesService,
    ImportRunsService,
    ExportRunsService,
    RightsService,
    UserConsentsService,
  ],
  exports: [UsersTransferService, ResourcesTransferService],
})
export class TransferModule {}
