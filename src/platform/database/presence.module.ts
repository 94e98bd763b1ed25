import { Global, Module } from '@nestjs/common';
import { Presence } from './presence.service.js';

/** A global module of its own: Nest shuts them down in reverse, this one after all that write and before the connection. */
@Global()
@Module({ providers: [Presence] })
export class PresenceModule {}
