import { Injectable } from '@nestjs/common';
import { InsufficientRole, InsufficientScope } from '../../platform/access/access.errors.js';
import { Settings } from '../../platform/config/settings.js';
import { installationName } from '../../platform/config/derived-key.js';
import { asProblem } from '../../platform/http/problem.filter.js';
import { Problem } from '../../platform/http/problem.js';
import { Callers, type Caller, type LookUp } from './callers.service.js';
import type { GatewayCall } from './gateway-call.js';
import { LoopDetected, UnsafePath, VersionRetired } from './gateway.errors.js';
import type { RequestPath } from './request-path.js';
import { RouteLimits } from './route-limits.service.js';
import { SubscriptionLimits } from './subscription-limits.service.js';
import { LiveTable } from './live-table.service.js';
import type { CompiledRoute } from './route-table.js';

/** A request that is let through, with what is sent on. */
export interface Forward {
  outcome: 'forward';
  route: CompiledRoute;
  /** `undefined` on a public route. */
  caller: Caller | undefined;
  /** For the upstream: the bytes that came, without what its version drops. */
  target: string;
  /** What the answer says of limits and of the end of its version; names and values in turn. */
  headers: string[];
  /** Where a quota of the caller's is of bytes: told how many went both ways. */
  countBytes: ((bytes: number) => void) | undefined;
}

/** A request that is not, and the rule. */
export interface Refusal {
  outcome: 'refuse';
  problem: Problem;
  /** Where it is known already. */
  route: CompiledRoute | undefined;
}

export type Verdict = Forward | Refusal;

/**
 * Decides about a request of the gateway: one line a rule, in their order. The relay and `POST /v1/gateway/explain` ask the
 * same, from memory alone but for an API key that was not seen before.
 */
@Injectable()
export class Decisions {
  /** What this installation writes into `Via`. */
  readonly viaName: string;

  constructor(
    settings: Settings,
    private readonly table: LiveTable,
    private readonly callers: Callers,
    private readonly limits: RouteLimits,
    private readonly subscriptionLimits: SubscriptionLimits,
  ) {
    this.viaName = `gatehouse-${installationName(settings.GATEHOUSE_SECRET)}`;
  }

  /** Never throws. */
  async decide(call: GatewayCall, lookUp: LookUp): Promise<Verdict> {
    let route: CompiledRoute | undefined;
    try {
      refuseLoop(call, this.viaName);
      refuseFault(call.path);
      route = this.routeOf(call);
      call.routeOptions.url = route.template;
      refuseSpelling(call.path, route);
      refuseGone(route);
      const caller = route.route.isPublic ? undefined : await this.admitted(call, route, lookUp);
      const limited = lookUp === 'use' ? await this.limits.spend(route, caller, call) : undefined;
      const admission = await this.subscriptionLimits.admit(route, caller, lookUp);
      return {
        outcome: 'forward',
        route,
        caller,
        target: targetFor(call.path, route),
        headers: headersOf(route, [call.rateLimitHeaders, limited, admission.headers]),
        countBytes: admission.countBytes,
      };
    } catch (error) {
      return { outcome: 'refuse', problem: asProblem(error), route };
    }
  }

  private routeOf({ path, method, headers }: GatewayCall): CompiledRoute {
    const host = hostOf(headers.host);
    const found = this.table.current.find(path, { method, host, headers });
    if (found instanceof Problem) throw found;
    return found;
  }

  private async admitted(call: GatewayCall, { api, route }: CompiledRoute, lookUp: LookUp): Promise<Caller> {
    const caller = await this.callers.of(call, api.identifier, lookUp);
    call.subscriptionId = caller.subscription?.id;
    const { roles, scopes } = route;
    if (roles.length > 0) {
      const held = await this.callers.rolesOf(caller, call);
      if (!roles.some((role) => held.includes(role))) throw new InsufficientRole(roles);
    }
    if (!scopes.every((scope) => caller.principal.scopes.includes(scope)))
      throw new InsufficientScope(scopes);
    return caller;
  }
}

/** RFC 9110 §7.6.3: what has our name in `Via` came from here. */
function refuseLoop({ headers: { via } }: GatewayCall, viaName: string): void {
  const list = via === undefined ? '' : [via].flat().join(',');
  if (list.split(',').some((each) => each.trim().split(/\s+/)[1] === viaName)) throw new LoopDetected();
}

function refuseFault({ fault }: RequestPath): void {
  if (fault !== undefined) throw new UnsafePath(fault);
}

function refuseSpelling(path: RequestPath, { route }: CompiledRoute): void {
  if (path.hasEmptySegment && !route.allowEmptySegments) throw new UnsafePath('an empty segment');
  if (path.hasEncodedSlash && !route.allowEncodedSlash) throw new UnsafePath('an encoded slash');
}

function refuseGone({ goneFrom, endHeaders }: CompiledRoute): void {
  if (goneFrom <= Date.now()) throw new VersionRetired(Object.fromEntries(pairsOf(endHeaders)));
}

/** The bytes that came, from the end of the prefix on. */
function targetFor({ raw, query, ends }: RequestPath, { dropped }: CompiledRoute): string {
  const rest = dropped === 0 ? raw : raw.slice(ends[dropped - 1]);
  return (rest === '' ? '/' : rest) + query;
}

/** Each limit adds an item to the two lists (draft-ietf-httpapi-ratelimit-headers). */
function headersOf({ endHeaders }: CompiledRoute, limits: (Record<string, string> | undefined)[]): string[] {
  const said = limits.filter((each) => each !== undefined);
  if (said.length === 0) return endHeaders;
  const names = Object.keys(said[0]!);
  return [...endHeaders, ...names.flatMap((name) => [name, said.map((each) => each[name]).join(', ')])];
}

function pairsOf(list: string[]): [string, string][] {
  return list.flatMap((name, position) =>
    position % 2 === 0 ? [[name.toLowerCase(), list[position + 1]!]] : [],
  );
}

/** Without its port, in lower case. */
function hostOf(host = ''): string {
  return host.toLowerCase().replace(/:\d+$/, '');
}
