import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { UsersModule } from '../../accounts/users/users.module.js';
import { ViewsModule } from '../views/views.module.js';
import { ConsoleEntriesService } from './console-entries.service.js';
import { ConsoleShellService } from './console-shell.service.js';
import { ConsoleTextsService } from './console-texts.service.js';
import { ConsoleController } from './console.controller.js';

@Module({
  imports: [DiscoveryModule, ViewsModule, UsersModule],
  controllers: [ConsoleController],
  providers: [ConsoleEntriesService, ConsoleShellService, ConsoleTextsService],
  exports: [ConsoleEntriesService],
})
export class ConsoleModule {}
