import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { actorOf } from '../access/actor.js';
import { RepeatedEvents } from './repeated-events.service.js';

/** Records who was refused what (ASVS 16.3.2): every 403 of an authenticated caller, once it has been answered. */
@Injectable()
export class Denials implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly repeated: RepeatedEvents,
  ) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter?.getInstance<FastifyInstance>();
    server?.addHook('onResponse', (request, reply, done) => {
      // No later handler waits for the database.
      done();
      if (reply.statusCode === 403 && request.user) this.record(request);
    });
  }

  private record(request: FastifyRequest): void {
    const detail = { method: request.method, route: request.routeOptions.url };
    // An API key counts for its owner.
    void this.repeated.note(request.user!.id, { action: 'access.denied', detail }, actorOf(request));
  }
}
