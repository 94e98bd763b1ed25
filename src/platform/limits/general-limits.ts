import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { actorOf } from '../access/actor.js';
import { GENERAL_LIMITS } from '../access/limits.js';
import type { Principal } from '../access/principal.js';
import { Settings } from '../config/settings.js';
import { sourceOf } from '../http/source.js';
import { Windows } from '../http/windows.js';
import type { TooManyRequests } from './limits.errors.js';
import { LimitsService, standingOf } from './limits.service.js';

/**
 * Holds every request against what its source, and then its principal, may do at all. In the memory of this process and
 * without a promise, for it is on the way of every request.
 */
@Injectable()
export class GeneralLimits implements OnModuleInit {
  private readonly log = new Logger(GeneralLimits.name);
  private readonly sources = new Windows();
  private readonly principals = new Windows();
  private isProxyKnown: boolean;

  constructor(
    settings: Settings,
    private readonly limits: LimitsService,
    private readonly host: HttpAdapterHost,
  ) {
    this.isProxyKnown = settings.TRUST_PROXY[0] !== 'off';
  }

  onModuleInit(): void {
    if (!this.limits.isOn) return;
    const server = this.host.httpAdapter?.getInstance<FastifyInstance>();
    server?.addHook('onRequest', (request, _reply, done) => done(this.refusalOfSource(request)));
  }

  /** Counts an API key by itself, for it must not use up what its owner may do. @throws TooManyRequests */
  admit({ keyId, id: subject }: Principal, request: FastifyRequest): void {
    const id = keyId ?? subject;
    const quota = GENERAL_LIMITS.principal;
    const window = this.principals.add(id, quota.seconds);
    if (window.count <= quota.quota) return;
    throw this.limits.refusal(standingOf('principal', quota, window), id, actorOf(request));
  }

  private refusalOfSource(request: FastifyRequest): TooManyRequests | undefined {
    if (!this.isProxyKnown && request.headers['x-forwarded-for']) this.warnOfProxy(request.ip);
    const quota = GENERAL_LIMITS.source;
    const source = sourceOf(request.ip);
    const window = this.sources.add(source, quota.seconds);
    if (window.count <= quota.quota) return undefined;
    return this.limits.refusal(standingOf('source', quota, window), source, actorOf(request));
  }

  private warnOfProxy(address: string): void {
    this.isProxyKnown = true;
    this.log.warn(
      `${address} sends X-Forwarded-For: if it is your proxy, set TRUST_PROXY, for now all behind it are limited as one`,
    );
  }
}
