import { Module } from '@nestjs/common';
import { PlansModule } from '../plans/plans.module.js';
import { ResourcesModule } from '../resources/resources.module.js';
import { VersionsModule } from '../versions/versions.module.js';
import { CatalogueController } from './catalogue.controller.js';
import { CatalogueService } from './catalogue.service.js';

@Module({
  imports: [ResourcesModule, VersionsModule, PlansModule],
  controllers: [CatalogueController],
  providers: [CatalogueService],
  exports: [CatalogueService],
})
export class CatalogueModule {}
