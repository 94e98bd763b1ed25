import type { ArgumentsHost } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The requests that sockets were opened with. */
const opened = new WeakMap<object, FastifyRequest>();

/** Remembers the request that a socket was opened with, in place of any before. */
export function rememberRequest(socket: object, request: FastifyRequest): void {
  opened.set(socket, request);
}

/** The request that a socket was opened with. */
export function requestOfSocket(socket: object): FastifyRequest | undefined {
  return opened.get(socket);
}

/** What each call has of a request that it shares with others; see {@link beginCall}. */
const begun = new WeakMap<object, FastifyRequest>();

/**
 * The HTTP request that a call came with: its own, the one that brought a GraphQL query, or the one that opened the
 * socket of a message. `undefined` where there is none, as for the messages of microservices.
 */
export function requestOf(context: ArgumentsHost): FastifyRequest | undefined {
  const transport = context.getType<string>();
  if (transport === 'http') return context.getArgByIndex<FastifyRequest>(0);
  return begun.get(callOf(context, transport) as object) ?? sharedRequestOf(context, transport);
}

/**
 * The request of a call whose caller is about to be authenticated. The fields of one GraphQL query and the messages of one
 * socket share theirs and may be other people's, so that each gets an heir of it, on which alone its caller is noted;
 * {@link requestOf} gives that one from then on.
 */
export function beginCall(context: ArgumentsHost): FastifyRequest | undefined {
  const transport = context.getType<string>();
  if (transport === 'http') return context.getArgByIndex<FastifyRequest>(0);
  const shared = sharedRequestOf(context, transport);
  if (!shared) return undefined;
  const own = Object.assign(Object.create(shared) as FastifyRequest, { user: undefined });
  // Nothing that comes with a message is its own and an object for certain; before the last place, which is the pattern's.
  if (transport === 'ws') context.getArgs<unknown[]>().splice(-1, 0, own);
  const call = transport === 'ws' ? own : callOf(context, transport);
  if (typeof call !== 'object' || call === null) return undefined;
  begun.set(call, own);
  return own;
}

/** What no other call has: the `info` of a field of GraphQL, and what {@link beginCall} attached to a message. */
function callOf(context: ArgumentsHost, transport: string): unknown {
  return transport === 'ws' ? context.getArgs<unknown[]>().at(-2) : context.getArgByIndex<unknown>(3);
}

function sharedRequestOf(context: ArgumentsHost, transport: string): FastifyRequest | undefined {
  if (transport === 'ws') return opened.get(context.getArgByIndex<object>(0));
  if (transport !== 'graphql') return undefined;
  // By its place alone: what stands before it is the caller's.
  const { req } = (context.getArgByIndex<unknown>(2) ?? {}) as { req?: FastifyRequest };
  return req;
}

/** The reply to a call over HTTP itself; the answers of other transports have no headers of their own. */
export function replyOf(context: ArgumentsHost): FastifyReply | undefined {
  return context.getType<string>() === 'http' ? context.getArgByIndex<FastifyReply>(1) : undefined;
}
