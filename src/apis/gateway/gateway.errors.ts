import { Problem, type FieldError } from '../../platform/http/problem.js';

/** No route of the published table has this path, for this host and these headers. */
export class NoRoute extends Problem {
  constructor() {
    super(
      404,
      'no_route',
      'No published route has this path; POST /v1/gateway/explain says what is looked for.',
    );
  }
}

/** A path of the gateway with another method. */
export class NoSuchMethod extends Problem {
  constructor(methods: readonly string[]) {
    const list = methods.toSorted().join(', ');
    super(405, 'no_such_method', `This route takes ${list}; use one of these.`, { headers: { allow: list } });
  }
}

/** A path that two programs may read in two ways. */
export class UnsafePath extends Problem {
  constructor(fault: string) {
    super(
      400,
      'unsafe_path',
      `The path has ${fault} in it, which this route does not take; write it plainly.`,
    );
  }
}

/** What was sent is longer than the route takes. */
export class BodyTooLarge extends Problem {
  constructor(limit: number) {
    super(413, 'body_too_large', `This route takes at most ${limit} bytes; send less.`);
  }
}

/** A version that has had its time. */
export class VersionRetired extends Problem {
  constructor(headers: Record<string, string>) {
    super(
      410,
      'version_retired',
      'This version of the API is retired; the Link header may name its successor.',
      {
        headers,
      },
    );
  }
}

/** A request that came through this gateway before. RFC 9110 §7.6.3 */
export class LoopDetected extends Problem {
  constructor() {
    super(
      508,
      'loop_detected',
      'This request came through this gateway before; an upstream sends it back here.',
    );
  }
}

/** A caller of a route asks too often. */
export class RouteLimitReached extends Problem {
  /** @param wait seconds */
  constructor(wait: number, headers: Record<string, string>) {
    super(429, 'route_limit_reached', 'That was too often for this route; wait for what Retry-After says.', {
      headers: { 'retry-after': String(wait), ...headers },
    });
  }
}

/** The keys of a subscription ask more often than their plan lets them. */
export class PlanLimitReached extends Problem {
  /** @param wait seconds */
  constructor(wait: number, headers: Record<string, string>) {
    super(429, 'plan_limit_reached', 'That was too often for this plan; wait for what Retry-After says.', {
      headers: { 'retry-after': String(wait), ...headers },
    });
  }
}

/** A quota of the subscription is used up until its period ends. */
export class QuotaExhausted extends Problem {
  /** @param quota its unit and its period @param wait seconds */
  constructor(quota: string, wait: number, headers: Record<string, string>) {
    super(
      429,
      'quota_exhausted',
      `The quota ${quota} of this subscription is used up until its period ends, in ${wait} seconds.`,
      { headers: { 'retry-after': String(wait), ...headers } },
    );
  }
}

/** The upstream cannot be connected to, or breaks off before it answers. */
export class UpstreamUnreachable extends Problem {
  constructor(cause?: unknown) {
    super(502, 'upstream_unreachable', 'The service behind this route cannot be reached; try again.', {
      cause,
    });
  }
}

/** The upstream answers what is no HTTP. */
export class UpstreamBroken extends Problem {
  constructor(cause?: unknown) {
    super(502, 'upstream_broken', 'The service behind this route answered what is no HTTP.', { cause });
  }
}

/** The upstream has not answered in time. */
export class UpstreamTimeout extends Problem {
  constructor(cause?: unknown) {
    super(504, 'upstream_timeout', 'The service behind this route did not answer in time; try again.', {
      cause,
    });
  }
}

/** All targets of an upstream have failed lately, and are left alone. */
export class UpstreamUnavailable extends Problem {
  /** @param wait seconds */
  constructor(wait: number) {
    super(503, 'upstream_unavailable', 'The service behind this route has failed lately; try again later.', {
      headers: { 'retry-after': String(wait) },
    });
  }
}

/** A request asks for another protocol than WebSocket, or asks for it wrongly. */
export class UpgradeRefused extends Problem {
  constructor() {
    super(
      400,
      'upgrade_refused',
      'The gateway tunnels WebSocket by GET alone; leave the Upgrade header out.',
    );
  }
}

/** A table that does not compile is not published. */
export class TableDoesNotCompile extends Problem {
  /** @param errors a row each */
  constructor(errors: FieldError[]) {
    super(409, 'table_does_not_compile', 'The table was not published: mend the rows that errors names.', {
      errors,
    });
  }
}
