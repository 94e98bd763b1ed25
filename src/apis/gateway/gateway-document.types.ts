import type { Balance, Breaker, Identity, Target, Timeouts } from '../upstreams/upstream.entity.js';
import type { CallLimit, Forwarded, RouteMethod, RouteTimeouts } from '../versions/api-route.entity.js';
import type { Selector, VersionStatus } from '../versions/api-version.entity.js';

/** All that a revision holds: plain JSON, in one order, so that equal configurations have equal digests. */
export interface GatewayDocument {
  format: 1;
  upstreams: UpstreamDocument[];
  apis: ApiDocument[];
}

/** An upstream as it was published. */
export interface UpstreamDocument {
  id: string;
  name: string;
  targets: Target[];
  balance: Balance;
  identity: Identity;
  preserveHost: boolean;
  timeouts: Timeouts;
  breaker: Breaker;
  /** Sealed under the server secret. */
  tlsSealed: string | null;
}

/** An API with those of its versions that callers can reach, or could. */
export interface ApiDocument {
  id: string;
  /** The audience of its tokens. */
  identifier: string;
  name: string;
  /** Those that it declares. */
  scopes: string[];
  versions: VersionDocument[];
}

/** A version as it was published. Times in ms since 1970. */
export interface VersionDocument {
  id: string;
  label: string;
  status: VersionStatus;
  selector: Selector;
  upstreamId: string;
  basePath: string;
  stripPrefix: boolean;
  deprecatedAt: number | null;
  sunsetAt: number | null;
  successorId: string | null;
  docsUrl: string | null;
  routes: RouteDocument[];
}

/** A route as it was published. */
export interface RouteDocument {
  id: string;
  methods: RouteMethod[];
  path: string;
  scopes: string[];
  roles: string[];
  isPublic: boolean;
  limit: CallLimit | null;
  timeouts: RouteTimeouts;
  bodyLimit: number;
  retries: number;
  forward: Forwarded[];
  allowEmptySegments: boolean;
  allowEncodedSlash: boolean;
}
