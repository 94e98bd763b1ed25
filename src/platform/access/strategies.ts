import { HttpException, Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import passport from 'passport';
import { InternalError } from '../http/http.errors.js';
import { asProblem } from '../http/problem.filter.js';
import { Problem } from '../http/problem.js';
import { ACCESS_TOKEN } from './access-policy.js';
import { StrategyRefused, StrategyTaken, StrategyUnavailable, UnknownStrategy } from './access.errors.js';
import { KnownPrincipals } from './known-principals.js';
import { OutdatedPrincipals } from './outdated-principals.js';
import { isPrincipal, type Principal } from './principal.js';
import { RouteRegistry } from './route-registry.js';

interface Strategy {
  authenticate: (request: FastifyRequest, options: object) => unknown;
}

/** Says who a request acts as. @throws Problem when there is no principal */
export type PrincipalSource = (request: FastifyRequest) => Promise<Principal>;

/** From Passport's own register, which is one for the whole process. */
const strategyOf = (name: string) =>
  (passport as unknown as Record<'_strategy', (name: string) => Strategy | undefined>)['_strategy'](name);

/** What a strategy asks may be down or slow; a request must not wait for it for ever. */
const ANSWER_WITHIN_MS = 5_000;

/** Authenticates by the Passport strategies that routes name with `@AuthenticatedBy()`. */
@Injectable()
export class Strategies implements OnModuleInit {
  private readonly own = new Map<string, PrincipalSource>();

  constructor(
    private readonly registry: RouteRegistry,
    private readonly moduleRef: ModuleRef,
  ) {}

  /**
   * Adds a strategy of this application alone; Passport's are those of the process. To be called in a constructor, before
   * the routes are checked.
   */
  add(name: string, source: PrincipalSource): void {
    this.own.set(name, source);
  }

  /** @throws UnknownStrategy, StrategyTaken */
  onModuleInit(): void {
    for (const { handler, policy } of this.registry.routes) {
      if (policy.strategy === undefined || this.own.has(policy.strategy)) continue;
      if (!strategyOf(policy.strategy)) throw new UnknownStrategy(handler, policy.strategy);
    }
    // The last registration of a name wins, and libraries choose names such as this one by themselves.
    if (strategyOf(ACCESS_TOKEN) !== this.moduleRef.get<object>(KnownPrincipals, { strict: false }))
      throw new StrategyTaken(ACCESS_TOKEN);
  }

  /** @throws StrategyRefused, StrategyUnavailable, and what the strategy fails with */
  async authenticate(strategy: string, request: FastifyRequest): Promise<true> {
    const source = this.own.get(strategy);
    const principal = source ? await source(request) : await principalBy(strategy, request);
    if (!isPrincipal(principal)) throw new TypeError(`the strategy ${strategy} gave no Principal`);
    request.user = principal;
    return true;
  }

  /** By what a route with `@EvenOutdated()` takes. @throws Problem for no credentials of ours */
  async authenticateOutdated(request: FastifyRequest): Promise<true> {
    request.user = await this.moduleRef.get(OutdatedPrincipals, { strict: false }).principalOf(request);
    return true;
  }
}

/**
 * Asks a strategy as Passport does. Passport itself answers a redirect with methods of a response that Fastify's has not,
 * which ends the process, and lets `pass()` by as anonymous; here both are refusals.
 */
async function principalBy(name: string, request: FastifyRequest): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const verdict = new Promise<unknown>((resolve, reject) => {
    timer = setTimeout(() => reject(new StrategyUnavailable(name)), ANSWER_WITHIN_MS);
    const refuse = (challenge?: unknown) =>
      reject(challenge instanceof Problem ? challenge : new StrategyRefused(name, challenge));
    const error = (failure: unknown) => reject(failureOf(name, failure));
    const strategy = Object.assign(Object.create(strategyOf(name)!) as Strategy, {
      success: (principal: unknown, info?: unknown) => (principal ? resolve(principal) : refuse(info)),
      fail: refuse,
      redirect: () => refuse(),
      pass: () => refuse(),
      error,
    });
    const asking = async () => strategy.authenticate(request, { session: false });
    asking().catch(error);
  });
  return verdict.finally(() => clearTimeout(timer));
}

/** What a strategy failed with; the status that some directory answered it is not the caller's, unless it says so. */
function failureOf(strategy: string, failure: unknown): Problem {
  const problem = asProblem(failure ?? new Error(`the strategy ${strategy} failed and did not say how`));
  const isMeant = failure instanceof Problem || failure instanceof HttpException;
  return problem.status >= 500 || isMeant ? problem : new InternalError(failure);
}
