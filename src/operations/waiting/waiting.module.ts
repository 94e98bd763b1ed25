import { Module } from '@nestjs/common';
import { UsersModule } from '../../accounts/users/users.module.js';
import { WaitingController } from './waiting.controller.js';

@Module({ imports: [UsersModule], controllers: [WaitingController] })
export class WaitingModule {}
