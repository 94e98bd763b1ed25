import type { Problem } from '../../platform/http/problem.js';
import type { Identity } from '../upstreams/upstream.entity.js';
import type { Timeouts } from '../upstreams/upstream.entity.js';
import type {
  ApiDocument,
  RouteDocument,
  UpstreamDocument,
  VersionDocument,
} from './gateway-document.types.js';
import { NoRoute, NoSuchMethod } from './gateway.errors.js';
import type { RequestPath } from './request-path.js';

/** What has to hold of a request besides its path, for one version to be meant. */
export interface Condition {
  header?: { name: string; value: string };
  host?: string;
}

/** A route as the relay uses it: everything that can be known ahead is. */
export interface CompiledRoute {
  route: Omit<RouteDocument, 'limit'>;
  version: VersionDocument;
  api: Pick<ApiDocument, 'id' | 'identifier' | 'name'>;
  upstream: UpstreamDocument;
  methods: ReadonlySet<string>;
  condition: Condition | undefined;
  /** The whole path as metrics and logs name it. */
  template: string;
  /** How many segments of a path are not sent on. */
  dropped: number;
  identity: Identity;
  timeouts: Timeouts;
  limit: { name: string; quota: number; seconds: number } | undefined;
  /** Names and values in turn: `Deprecation`, `Sunset`, `Link`. */
  endHeaders: string[];
  /** From when on it is gone, in ms; 0 for a retired one. */
  goneFrom: number;
}

interface Node {
  fixed: Map<string, Node>;
  parameter: Node | undefined;
  /** For all that comes. */
  rest: CompiledRoute[];
  here: CompiledRoute[];
}

/** What a request is compared with. */
export interface Wanted {
  method: string;
  host: string;
  headers: Record<string, string | string[] | undefined>;
}

const newNode = (): Node => ({ fixed: new Map(), parameter: undefined, rest: [], here: [] });

/**
 * The routes of one revision as a tree of path segments. The most specific path decides: a fixed segment before a
 * parameter, and that before a rest; a method that is not there does not lead to a broader route. It never changes.
 */
export class RouteTable {
  private readonly root = newNode();
  size = 0;

  constructor(
    readonly seq: number,
    readonly upstreams: readonly UpstreamDocument[],
  ) {}

  /** Adds a route. @returns the one that would answer the same requests, if there is one; nothing is added then */
  add(segments: readonly string[], route: CompiledRoute): CompiledRoute | undefined {
    let node = this.root;
    const isRest = segments.at(-1) === '*';
    for (const segment of isRest ? segments.slice(0, -1) : segments) node = childOf(node, segment);
    const list = isRest ? node.rest : node.here;
    const rival = list.find((each) => competes(each, route));
    if (rival) return rival;
    list.push(route);
    // Those with a condition are asked first.
    list.sort((a, b) => Number(b.condition !== undefined) - Number(a.condition !== undefined));
    this.size++;
    return undefined;
  }

  /** The route of a request, or why there is none. */
  find({ segments }: RequestPath, wanted: Wanted): CompiledRoute | Problem {
    const met = this.search(this.root, segments, 0, wanted);
    if (!met) return new NoRoute();
    const found = met.find(({ methods }) => methods.has(wanted.method));
    return found ?? new NoSuchMethod([...new Set(met.flatMap(({ methods }) => [...methods]))]);
  }

  private search(
    node: Node,
    segments: readonly string[],
    position: number,
    wanted: Wanted,
  ): CompiledRoute[] | undefined {
    if (position === segments.length) {
      const here = meant(node.here, wanted);
      if (here) return here;
    } else {
      const fixed = node.fixed.get(segments[position]!);
      const met =
        (fixed && this.search(fixed, segments, position + 1, wanted)) ??
        (node.parameter && this.search(node.parameter, segments, position + 1, wanted));
      if (met) return met;
    }
    return meant(node.rest, wanted);
  }
}

/** Those whose condition holds; of conditional and other ones only the first kind. */
function meant(routes: CompiledRoute[], wanted: Wanted): CompiledRoute[] | undefined {
  if (routes.length === 0) return undefined;
  const held = routes.filter(({ condition }) => condition !== undefined && holds(condition, wanted));
  const left = held.length > 0 ? held : routes.filter(({ condition }) => condition === undefined);
  return left.length > 0 ? left : undefined;
}

function holds({ header, host }: Condition, wanted: Wanted): boolean {
  if (host !== undefined) return wanted.host === host;
  return header !== undefined && wanted.headers[header.name] === header.value;
}

function childOf(node: Node, segment: string): Node {
  if (segment.startsWith(':')) return (node.parameter ??= newNode());
  let child = node.fixed.get(segment);
  if (!child) node.fixed.set(segment, (child = newNode()));
  return child;
}

function competes(one: CompiledRoute, other: CompiledRoute): boolean {
  if (JSON.stringify(one.condition) !== JSON.stringify(other.condition)) return false;
  return [...one.methods].some((method) => other.methods.has(method));
}
