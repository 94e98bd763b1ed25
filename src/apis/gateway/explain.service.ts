import { Injectable } from '@nestjs/common';
import { Decisions, type Verdict } from './decisions.service.js';
import { callOf } from './gateway-call.js';
import type { ExplainRequest, ExplainResponse } from './gateway.dto.js';
import { LiveTable } from './live-table.service.js';
import type { CompiledRoute } from './route-table.js';

/**
 * Says what the gateway would do with a request, by the rules that the relay asks. Nothing is counted, so a limit that is
 * used up shows in its policy alone, while a quota refuses; the address of the caller is not known.
 */
@Injectable()
export class ExplainService {
  constructor(
    private readonly table: LiveTable,
    private readonly decisions: Decisions,
  ) {}

  async explain({ method, url, token, headers = {} }: ExplainRequest): Promise<ExplainResponse> {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const call = callOf({ method, url, headers: { ...headers, ...authorization } }, undefined);
    const { seq } = this.table.current;
    const verdict = await this.decisions.decide(call, 'look');
    return { revision: seq, ...outcomeOf(verdict), ...(verdict.route && described(verdict.route)) };
  }
}

function outcomeOf(verdict: Verdict) {
  if (verdict.outcome === 'forward') return { outcome: verdict.outcome, status: 200, target: verdict.target };
  const { status, code, detail } = verdict.problem;
  return { outcome: verdict.outcome, status, code, detail };
}

function described({ route, version, api, upstream, template, limit }: CompiledRoute) {
  const { id, methods, scopes, roles, isPublic } = route;
  return {
    route: {
      id,
      path: template,
      methods,
      scopes,
      roles,
      isPublic,
      limit: limit ? `${limit.quota} in ${limit.seconds} s` : null,
    },
    version: { id: version.id, label: version.label, status: version.status, resource: api.identifier },
    upstream: upstream.name,
  };
}
