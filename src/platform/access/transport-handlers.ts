import type { Type } from '@nestjs/common';
import { EXCEPTION_FILTERS_METADATA } from '@nestjs/common/constants.js';
import { ProblemFilter } from '../http/problem.filter.js';
import {
  AUTHENTICATED,
  AUTHENTICATED_BY,
  PUBLIC,
  ROLES,
  SCOPES,
  SESSION_ONLY,
  STEP_UP,
} from './access.decorators.js';

// The keys under which Nest's packages note what a transport calls; the packages themselves are no dependency.
const GATEWAY = 'websockets:is_gateway';
const MESSAGE = 'message';
const MESSAGE_MAPPING = 'websockets:message_mapping';
const RESOLVER_TYPE = 'graphql:resolver_type';
const RESOLVER_NAME = 'graphql:resolver_name';
const FIELD = 'graphql:resolve_property';
const PATTERN = 'microservices:pattern';
const ROOTS = ['Query', 'Mutation', 'Subscription'];

/** What calls a handler that is no route of HTTP, and by which name. */
export interface Call {
  method: string;
  path: string;
}

/** Who a method of a gateway, a resolver or a controller is called; `undefined` when it is not. */
export function callOf(handler: object, name: string): Call | undefined {
  const read = <T>(key: string): T | undefined => Reflect.getMetadata(key, handler) as T | undefined;
  if (read(MESSAGE_MAPPING)) return { method: 'WS', path: String(read(MESSAGE)) };
  const type = read<string>(RESOLVER_TYPE);
  if (type && ROOTS.includes(type)) return { method: type.toUpperCase(), path: read(RESOLVER_NAME) ?? name };
  const pattern = read(PATTERN);
  return pattern === undefined ? undefined : { method: 'RPC', path: JSON.stringify(pattern) };
}

/** Whether a field of GraphQL, or its class, says who may read it, which guards do not ask by default. */
export function isRestrictedField(handler: object, resolver: Type): boolean {
  if (!Reflect.hasMetadata(FIELD, handler)) return false;
  const restricting = [AUTHENTICATED, AUTHENTICATED_BY, ROLES, SCOPES, SESSION_ONLY, STEP_UP];
  const restricts = (target: object) => restricting.some((key) => Reflect.hasMetadata(key, target));
  return restricts(handler) || (restricts(resolver) && !Reflect.hasMetadata(PUBLIC, handler));
}

/** Whether a gateway leaves its refusals to Nest's own filter, which answers all of them with "Internal server error". */
export function isUnfilteredGateway(gateway: Type): boolean {
  if (!Reflect.hasMetadata(GATEWAY, gateway)) return false;
  const filters = (Reflect.getMetadata(EXCEPTION_FILTERS_METADATA, gateway) ?? []) as unknown[];
  return !filters.some(isProblemFilter);
}

/** The class or an instance of it, or of one that extends it. */
function isProblemFilter(filter: unknown): boolean {
  const prototype: unknown = typeof filter === 'function' ? filter.prototype : filter;
  return prototype === ProblemFilter.prototype || prototype instanceof ProblemFilter;
}
