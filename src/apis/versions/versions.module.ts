import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ResourcesModule } from '../resources/resources.module.js';
import { ApiDocument } from './api-document.entity.js';
import { ApiRoute } from './api-route.entity.js';
import { ApiVersion } from './api-version.entity.js';
import { LifecycleService } from './lifecycle.service.js';
import { OpenApiController } from './openapi.controller.js';
import { OpenApiService } from './openapi.service.js';
import { RoutesController } from './routes.controller.js';
import { RoutesService } from './routes.service.js';
import { VersionsController } from './versions.controller.js';
import { VersionsService } from './versions.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([ApiVersion, ApiRoute, ApiDocument]), ResourcesModule],
  controllers: [VersionsController, RoutesController, OpenApiController],
  providers: [VersionsService, RoutesService, LifecycleService, OpenApiService],
  exports: [VersionsService, RoutesService, LifecycleService, OpenApiService],
})
export class VersionsModule {}
