import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsersModule } from '../users/users.module.js';
import { ImportedResourcesService } from './imported-resources.service.js';
import { Resource } from './resource.entity.js';
import { ResourcesController } from './resources.controller.js';
import { ResourcesService } from './resources.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Resource]), UsersModule],
  controllers: [ResourcesController],
  providers: [ResourcesService, ImportedResourcesService],
  exports: [ResourcesService, ImportedResourcesService],
})
export class ResourcesModule {}
