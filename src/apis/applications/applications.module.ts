import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsersModule } from '../../accounts/users/users.module.js';
import { Application } from './application.entity.js';
import { ApplicationMember } from './application-member.entity.js';
import { ApplicationsController } from './applications.controller.js';
import { ApplicationsService } from './applications.service.js';
import { MembersController } from './members.controller.js';
import { MembersService } from './members.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Application, ApplicationMember]), UsersModule],
  controllers: [ApplicationsController, MembersController],
  providers: [ApplicationsService, MembersService],
  exports: [ApplicationsService],
})
export class ApplicationsModule {}
