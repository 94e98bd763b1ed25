import { Injectable, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { EventsService } from '../../../../src/platform/audit/events.service.js';
import { UsersModule } from '../../../../src/accounts/users/users.module.js';
import { UsersService } from '../../../../src/accounts/users/users.service.js';

@Injectable()
export class Welcome implements OnModuleInit {
  private readonly log = new Logger(Welcome.name);

  constructor(
    private readonly events: EventsService,
    private readonly users: UsersService,
  ) {}

  onModuleInit(): void {
    this.events.on('user.signed_up', ({ userId }) => this.greet(userId));
    this.events.on('login.succeeded', ({ userId, sessionId, actor }) =>
      this.log.log(`${userId} signed in from ${actor.ip}, session ${sessionId}`),
    );
    this.events.on('user.roles_changed', ({ userId, from, to, actor }) =>
      this.log.log(`${actor.principal?.id} made ${userId} ${to.join(', ')}, who was ${from.join(', ')}`),
    );
  }

  private async greet(userId: string): Promise<void> {
    const found = await this.users.findById(userId);
    // Gone again by now.
    if (!found) return;
    this.log.log(`welcome, ${found.user.name ?? 'stranger'}`);
  }
}

@Module({ imports: [UsersModule], providers: [Welcome] })
export class WelcomeModule {}
