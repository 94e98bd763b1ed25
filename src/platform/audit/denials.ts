import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { actorOf } from '../access/actor.js';
import { AuditService } from './audit.service.js';

/** Records who was refused what (ASVS 16.3.2): every 403 of somebody who is signed in, once it has been answered. */
@Injectable()
export class Denials implements OnModuleInit {
  private readonly log = new Logger(Denials.name);

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly audit: AuditService,
  ) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter?.getInstance<FastifyInstance>();
    server?.addHook('onResponse', (request, reply, done) => {
      // Nobody after it waits for the database.
      done();
      if (reply.statusCode === 403 && request.user) this.record(request);
    });
  }

  private record(request: FastifyRequest): void {
    const detail = { method: request.method, route: request.routeOptions.url };
    this.audit
      .record({ action: 'access.denied', detail }, actorOf(request))
      .catch((error: unknown) => this.log.warn(error));
  }
}
