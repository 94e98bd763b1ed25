import { Injectable, type ExecutionContext } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessPolicies, type AccessPolicy } from './access-policy.js';
import { InvalidToken, Unauthenticated, withMetadata } from './access.errors.js';
import { ClientTokenGate, ClientGate, isBoundToKey } from './client-gate.js';
import { Problem } from '../http/problem.js';
import { beginCall, replyOf, requestOf } from '../http/request-of.js';
import { KnownPrincipals } from './known-principals.js';
import type { Principal } from './principal.js';
import { ProtectedResources } from './protected-resources.js';
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
    private readonly resources: ProtectedResources,
    private readonly moduleRef: ModuleRef,
  ) {
    super();
  }

  override canActivate(context: ExecutionContext) {
    const policy = this.policies.of(context.getHandler(), context.getClass());
    const { isPublic, strategy, takesOutdated } = policy;
    // For public ones too, which must not see another caller's principal.
    const request = beginCall(context);
    if (isPublic) return true;
    if (!request) throw new Unauthenticated();
    if (takesOutdated) return this.strategies.authenticateOutdated(request);
    if (policy.isClientAuthenticated) return this.authenticateClient(request);
    if (strategy !== undefined) return this.strategies.authenticate(strategy, request);
    if (policy.resource !== undefined) return this.authenticateAt(policy.resource, policy, context, request);
    // Passport makes a dozen closures for each request and keeps them alive: a fifth of what a guarded one would cost.
    const principal = this.known.recognise(request);
    if (!principal) return this.authenticate(context, request, replyOf(context));
    request.user = principal;
    if (request.rateLimitHeaders) void replyOf(context)?.headers(request.rateLimitHeaders);
    return true;
  }

  private async authenticate(
    context: ExecutionContext,
    request: FastifyRequest,
    reply?: FastifyReply,
    audience?: string,
  ): Promise<true> {
    const isBound = isBoundToKey(request);
    if (isBound || audience !== undefined)
      request.user = await this.gate(ClientTokenGate, request).authenticate(
        request,
        audience ?? this.resources.ownIdentifier,
      );
    else await super.canActivate(context);
    if (request.rateLimitHeaders) void reply?.headers(request.rateLimitHeaders);
    return true;
  }

  /** For a route of an API of its own, whose challenge leads clients to its metadata (RFC 9728 §5.1). */
  private async authenticateAt(
    resource: string,
    policy: AccessPolicy,
    context: ExecutionContext,
    request: FastifyRequest,
  ): Promise<true> {
    try {
      const audience = this.resources.identifierOf(resource);
      return await this.authenticate(context, request, replyOf(context), audience);
    } catch (error) {
      throw withMetadata(error, this.resources.metadataUrlOf(resource), policy.scopes);
    }
  }

  private async authenticateClient(request: FastifyRequest): Promise<true> {
    request.oauthClient = await this.gate(ClientGate, request).authenticate(request);
    return true;
  }

  /** @throws Unauthenticated, InvalidToken while OAuth is off: there are no such tokens then */
  private gate<T>(gate: abstract new () => T, { headers }: FastifyRequest): T {
    try {
      return this.moduleRef.get<T>(gate as never, { strict: false });
    } catch {
      throw headers.authorization === undefined ? new Unauthenticated() : new InvalidToken('OAuth is off');
    }
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
