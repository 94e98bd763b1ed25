import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LIMITED } from '../access/access.decorators.js';
import { actorOf } from '../access/actor.js';
import type { LimitName } from '../access/limits.js';
import { Settings } from '../config/settings.js';
import { refreshCookie } from '../http/cookies.js';
import { normaliseEmail, REFRESH_TOKEN } from '../http/fields.js';
import { replyOf, requestOf } from '../http/request-of.js';
import { GeneralLimits } from './general-limits.js';
import { LimitsService } from './limits.service.js';
import { rateLimitHeaders } from './rate-limit-headers.js';

/** Holds the principal against the general limit, and the route against the one that `@Limited()` names. */
@Injectable()
export class LimitsGuard implements CanActivate {
  private readonly known = new Map<unknown, LimitName | undefined>();

  constructor(
    private readonly settings: Settings,
    private readonly reflector: Reflector,
    private readonly general: GeneralLimits,
    private readonly limits: LimitsService,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (!this.limits.isOn) return true;
    const request = requestOf(context);
    if (!request) return true;
    if (request.user) this.general.admit(request.user, request);
    const name = this.limitOf(context.getHandler());
    return name === undefined || this.consume(name, request, replyOf(context));
  }

  private limitOf(handler: ReturnType<ExecutionContext['getHandler']>): LimitName | undefined {
    if (!this.known.has(handler)) this.known.set(handler, this.reflector.get(LIMITED, handler));
    return this.known.get(handler);
  }

  private async consume(name: LimitName, request: FastifyRequest, reply?: FastifyReply): Promise<true> {
    const standings = await this.limits.consume(name, actorOf(request), this.accountOf(name, request));
    void reply?.headers(rateLimitHeaders(...standings));
    return true;
  }

  /** What the body says has not been checked yet, and may be anything. */
  private accountOf(name: LimitName, request: FastifyRequest): string | undefined {
    if (request.user) return request.user.id;
    const { email, refresh_token } = (request.body ?? {}) as Record<string, unknown>;
    if (name !== 'refresh') return typeof email === 'string' ? normaliseEmail(email) : undefined;
    const token = typeof refresh_token === 'string' ? refresh_token : refreshCookie(request, this.settings);
    return token !== undefined && REFRESH_TOKEN.test(token) ? token : undefined;
  }
}
