import type { IncomingHttpHeaders } from 'node:http';
import { randomBytes } from 'node:crypto';

/** RFC 9110 §7.6.1, and what older software knows: for one connection alone. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
/** What the gateway says itself, whatever a client says. */
const OURS = new Set([
  'expect',
  'forwarded',
  'host',
  'traceparent',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-real-ip',
  'x-request-id',
]);
const OUR_PREFIX = 'x-gatehouse-';
/** What of the caller's credentials goes on only where the route says so. */
const CREDENTIALS = new Set(['authorization', 'cookie', 'dpop']);
/** What an upstream must not say for the whole host, on which it is not alone. */
const OF_THE_HOST = new Set(['alt-svc', 'clear-site-data', 'service-worker-allowed', 'x-request-id']);
/** Cookies of this server, which no upstream gets or sets. */
const OWN_COOKIE = /^\s*(?:__host-|__secure-)?gatehouse_/i;
/** W3C Trace Context §3.2; version 00, neither id all zeros. */
const TRACEPARENT = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** What is known of a request besides its headers. */
export interface RelayContext {
  requestId: string;
  /** Of this installation, for `Via`. */
  viaName: string;
  /** The connection's. */
  remoteAddress: string;
  isTls: boolean;
  /** Whether what proxies say is believed. */
  isTrusted: boolean;
  forwardsAuthorization: boolean;
  forwardsCookies: boolean;
  preservesHost: boolean;
  /** Who the caller is, in the way that the upstream asks for; names and values in turn. */
  identity: readonly string[];
}

/** The headers for the upstream, names and values in turn. Nothing in them is the client's word for what we know. */
export function headersForUpstream(
  rawHeaders: readonly string[],
  headers: IncomingHttpHeaders,
  context: RelayContext,
): string[] {
  const named = namedIn(headers.connection);
  const relayed: string[] = [];
  for (let position = 0; position < rawHeaders.length; position += 2) {
    const [name, value] = [rawHeaders[position]!, rawHeaders[position + 1]!];
    const lower = name.toLowerCase();
    if (isDropped(lower) || named?.has(lower) || (lower === 'tracestate' && !isTraced(headers))) continue;
    if (CREDENTIALS.has(lower)) relayed.push(...credential(name, lower, value, context));
    else relayed.push(name, value);
  }
  relayed.push(...ownHeaders(headers, context), ...context.identity);
  return relayed;
}

/** With underscores as hyphens, for CGI and what follows it take the two for one. */
function isDropped(lower: string): boolean {
  const name = lower.includes('_') ? lower.replaceAll('_', '-') : lower;
  if (lower !== name && CREDENTIALS.has(name)) return true;
  return HOP_BY_HOP.has(name) || OURS.has(name) || name.startsWith(OUR_PREFIX);
}

function credential(name: string, lower: string, value: string, context: RelayContext): string[] {
  if (lower !== 'cookie') return context.forwardsAuthorization ? [name, value] : [];
  const kept = context.forwardsCookies ? value.split(';').filter((pair) => !OWN_COOKIE.test(pair)) : [];
  return kept.length > 0 ? [name, kept.join(';').trim()] : [];
}

function ownHeaders(headers: IncomingHttpHeaders, context: RelayContext): string[] {
  const { requestId, viaName, remoteAddress, isTls, isTrusted, preservesHost } = context;
  const said = (name: string) => (isTrusted ? lastOf(headers[name]) : undefined);
  const before = isTrusted ? headers['x-forwarded-for'] : undefined;
  const via = headers.via === undefined ? '' : `${[headers.via].flat().join(', ')}, `;
  const host = headers.host ?? '';
  return [
    'x-forwarded-for',
    before === undefined ? remoteAddress : `${[before].flat().join(', ')}, ${remoteAddress}`,
    'x-forwarded-proto',
    said('x-forwarded-proto') ?? (isTls ? 'https' : 'http'),
    'x-forwarded-host',
    said('x-forwarded-host') ?? host,
    'x-request-id',
    requestId,
    'traceparent',
    isTraced(headers) ? (headers['traceparent'] as string) : newTraceparent(),
    'via',
    `${via}1.1 ${viaName}`,
    ...(preservesHost && host !== '' ? ['host', host] : []),
  ];
}

/** W3C Trace Context §3.3: without a valid `traceparent`, the rest means nothing. */
function isTraced({ traceparent }: IncomingHttpHeaders): boolean {
  return typeof traceparent === 'string' && TRACEPARENT.test(traceparent);
}

function newTraceparent(): string {
  const bytes = randomBytes(24).toString('hex');
  return `00-${bytes.slice(0, 32)}-${bytes.slice(32)}-00`;
}

function lastOf(value: string | string[] | undefined): string | undefined {
  return value === undefined ? undefined : [value].flat().join(',').split(',').at(-1)!.trim();
}

/** The headers for the client, names and values in turn, of what the upstream sent. */
export function headersForClient(
  raw: readonly Buffer[],
  viaName: string,
  isReplaced: (name: string) => boolean = () => false,
): string[] {
  const pairs: [name: string, lower: string, value: string][] = [];
  let named: Set<string> | undefined;
  for (let position = 0; position < raw.length; position += 2) {
    const name = raw[position]!.toString('latin1');
    const lower = name.toLowerCase();
    const value = raw[position + 1]!.toString('latin1');
    if (lower === 'connection') named = union(named, namedIn(value));
    pairs.push([name, lower, value]);
  }
  const relayed: string[] = [];
  for (const [name, lower, value] of pairs) {
    if (HOP_BY_HOP.has(lower) || OF_THE_HOST.has(lower) || named?.has(lower)) continue;
    if (isReplaced(lower)) continue;
    if (lower === 'set-cookie' && OWN_COOKIE.test(value)) continue;
    relayed.push(name, value);
  }
  relayed.push('via', `1.1 ${viaName}`);
  return relayed;
}

/** The headers that `Connection` names; `undefined` for none, as is usual. */
function namedIn(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined || /^(?:keep-alive|close)$/i.test(connection)) return undefined;
  const names = connection.split(',').map((token) => token.trim().toLowerCase());
  // Without it, the length of a body would be another than its sender says.
  return new Set(names.filter((name) => name !== 'content-length' && name !== 'host'));
}

function union(one: Set<string> | undefined, other: Set<string> | undefined): Set<string> | undefined {
  return one && other ? new Set([...one, ...other]) : (one ?? other);
}
