import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isRetryable, isUnavailable } from '../database/database.errors.js';
import {
  InternalError,
  MalformedRequest,
  NotFound,
  PayloadTooLarge,
  Unavailable,
  UnsupportedMediaType,
} from './http.errors.js';
import { Problem } from './problem.js';

/** Turns whatever was thrown into a problem document; the one place that does. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const problem = asProblem(error);
    const request = http.getRequest<FastifyRequest>();
    if (problem.status >= 500) this.log.error({ err: problem.cause ?? problem, requestId: request.id });
    sendProblem(problem, request, http.getResponse<FastifyReply>());
  }
}

/** Writes a problem as the response, unless one has been sent already. */
export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  if (reply.sent) return;
  // RFC 9110 §15.5.2: every 401 names a scheme.
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
  // Serialised here, for Fastify's own serialiser would drop the charset and could fail on its own.
  void reply
    .status(problem.status)
    .headers(problem.headers)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem.toDocument(request.id)));
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
  if (status === 415) return new UnsupportedMediaType();
  return status >= 400 && status < 500 ? Problem.ofStatus(status, error) : new InternalError(error);
}

/** Fastify's own errors carry their status. */
function statusOf(error: unknown): number {
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
}
