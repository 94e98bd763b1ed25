import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { throwError } from 'rxjs';
import { isRetryable, isUnavailable } from '../database/database.errors.js';
import {
  InternalError,
  MalformedRequest,
  NotFound,
  PayloadTooLarge,
  Unavailable,
  UnsupportedMediaType,
  UriTooLong,
} from './http.errors.js';
import { oauthDocument, speaksOAuth } from './oauth-problem.js';
import { Problem } from './problem.js';
import { requestOf } from './request-of.js';
import { timeOrderedId } from './time-ordered-id.js';

/**
 * Turns everything that was thrown into a problem document, in the form that the transport has for it; the one place that does.
 * Nest asks it for HTTP and GraphQL by itself, and for a gateway that says `@UseFilters(ProblemFilter)`.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): unknown {
    const problem = asProblem(error);
    const request = requestOf(host);
    const requestId = request?.id ?? timeOrderedId();
    if (problem.status >= 500) this.log.error({ ...reasonOf(problem, error), requestId });
    if (host.getType() === 'http') return sendProblem(problem, request!, host.switchToHttp().getResponse());
    const document = problem.toDocument(requestId);
    if (host.getType() === 'ws') return sendToSocket(document, host);
    // An error that is returned is that of the field; GraphQL libraries copy `extensions` of the error thrown.
    if (host.getType<string>() === 'graphql')
      return Object.assign(new Error(problem.detail), { extensions: document });
    return throwError(() => document);
  }
}

/** For the log. What is refused on purpose needs no stack, and may come in floods. */
function reasonOf(problem: Problem, error: unknown) {
  const { cause, code, detail } = problem;
  return problem === error && cause === undefined ? { msg: detail, code } : { err: cause ?? problem };
}

/** As an event called `exception`, as Nest's own filter sends it; `pattern` is the message that failed. */
function sendToSocket(document: object, host: ArgumentsHost): void {
  const socket = host.switchToWs().getClient<Socket>();
  const data = { ...document, pattern: host.switchToWs().getPattern() };
  // Socket.IO's emit sends; that of a bare WebSocket would only call its own listeners.
  if (socket.readyState === undefined) socket.emit('exception', data);
  else socket.send(JSON.stringify({ event: 'exception', data }));
}

interface Socket {
  readyState?: number;
  send: (text: string) => void;
  emit: (event: string, data: object) => void;
}

/** Answers a problem with a page, for who would read it; `false` where the document is better. */
export type ProblemPage = (problem: Problem, request: FastifyRequest, reply: FastifyReply) => boolean;

/** Shows problems to people by this from now on. */
export function showProblems(server: FastifyInstance, problemPage: ProblemPage): void {
  server.decorate('problemPage', problemPage);
}

/** Writes a problem as the response, unless one has been sent already. */
export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  if (reply.sent) return;
  const { problemPage } = request.server as { problemPage?: ProblemPage };
  if (problemPage?.(problem, request, reply)) return;
  // RFC 9110 §15.5.2: every 401 names a scheme.
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
  const isOAuth = speaksOAuth(request);
  const document = isOAuth ? oauthDocument(problem) : problem.toDocument(request.id);
  // Serialised here, for Fastify's own serialiser would drop the charset and could fail on its own.
  void reply
    .status(problem.status)
    .headers(problem.headers)
    .type(`application/${isOAuth ? 'json' : 'problem+json'}; charset=utf-8`)
    .send(JSON.stringify(document));
}

/** What the framework, Fastify and the database throw, as problems without their texts. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // What was tried again in vain may work a second later.
  if (isUnavailable(error) || isRetryable(error)) return new Unavailable(error);
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  if (status === 400)
    return new MalformedRequest('The request could not be read: its JSON or its URL is broken.', error);
  if (status === 404) return new NotFound();
  if (status === 413) return new PayloadTooLarge();
  if (status === 414) return new UriTooLong();
  if (status === 415) return new UnsupportedMediaType();
  return status >= 400 && status < 500 ? Problem.ofStatus(status, error) : new InternalError(error);
}

/** Fastify's own errors carry their status. */
function statusOf(error: unknown): number {
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
}
