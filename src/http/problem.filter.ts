import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isUnavailable } from '../database/database.errors.js';
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
  if (isUnavailable(error)) return new Unavailable(error);
  switch ((error as { code?: unknown } | null)?.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new PayloadTooLarge();
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new UnsupportedMediaType();
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new MalformedRequest('The body is not valid JSON.', error);
    case 'FST_ERR_BAD_URL':
      return new MalformedRequest('The path is not a valid URL path.', error);
    default:
      return ofStatusIn(error);
  }
}

function ofStatusIn(error: unknown): Problem {
  const status =
    error instanceof HttpException
      ? error.getStatus()
      : (error as { statusCode?: unknown } | null)?.statusCode;
  if (status === 404) return new NotFound();
  // Fastify says 400 for JSON that would poison a prototype, and for other bodies that it cannot read.
  if (status === 400) return new MalformedRequest('The request could not be read.', error);
  if (typeof status === 'number' && status >= 400 && status < 500) return Problem.ofStatus(status, error);
  return new InternalError(error);
}
