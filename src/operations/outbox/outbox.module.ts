import { Module } from '@nestjs/common';
import { UsersModule } from '../../accounts/users/users.module.js';
import { OutboxController } from './outbox.controller.js';

@Module({ imports: [UsersModule], controllers: [OutboxController] })
export class OutboxModule {}
