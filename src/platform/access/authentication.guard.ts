import { Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessPolicies } from './access-policy.js';
import { InvalidToken, Unauthenticated } from './access.errors.js';
import { Problem } from '../http/problem.js';
import { beginCall, replyOf, requestOf } from '../http/request-of.js';
import { KnownPrincipals } from './known-principals.js';
import type { Principal } from './principal.js';
import { Strategies } from './strategies.js';

/** What passport-jwt fails with when the request carries no token. */
const NO_TOKEN = 'No auth token';

/** Lets a request through to the next guard when it is public or carries a live access token. */
@Injectable()
export class AuthenticationGuard extends AuthGuard('jwt') {
  constructor(
    private readonly policies: AccessPolicies,
    private readonly known: KnownPrincipals,
    private readonly strategies: Strategies,
  ) {
    super();
  }

  override canActivate(context: ExecutionContext) {
    const { isPublic, strategy } = this.policies.of(context.getHandler(), context.getClass());
    // For public ones too, which must not see who was let in beside them.
    const request = beginCall(context);
    if (isPublic) return true;
    if (!request) throw new Unauthenticated();
    if (strategy !== undefined) return this.strategies.authenticate(strategy, request);
    // Passport makes a dozen closures for each request and keeps them alive: a fifth of what a guarded one would cost.
    const principal = this.known.recognise(request);
    if (!principal) return this.authenticate(context, request, replyOf(context));
    request.user = principal;
    if (request.rateLimitHeaders) void replyOf(context)?.headers(request.rateLimitHeaders);
    return true;
  }

  private async authenticate(context: ExecutionContext, request: FastifyRequest, reply?: FastifyReply) {
    const isLetIn = await (super.canActivate(context) as Promise<boolean>);
    if (request.rateLimitHeaders) void reply?.headers(request.rateLimitHeaders);
    return isLetIn;
  }

  override getRequest(context: ExecutionContext) {
    return requestOf(context);
  }

  getResponse(context: ExecutionContext) {
    return replyOf(context);
  }

  /** Passport's verdict; `refusal` is what the strategy failed with. RFC 6750 §3: without a token, no error code. */
  override handleRequest<T = Principal>(error: unknown, principal: T | false, refusal: unknown): T {
    if (error) throw error;
    if (principal) return principal;
    if (refusal instanceof Problem) throw refusal;
    throw (refusal as Error | undefined)?.message === NO_TOKEN
      ? new Unauthenticated()
      : new InvalidToken(refusal);
  }
}
