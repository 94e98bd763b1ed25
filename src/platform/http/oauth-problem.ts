import type { FastifyRequest } from 'fastify';
import { OAuthProblem, type Problem } from './problem.js';

/** The paths whose errors are those of RFC 6749. */
const OAUTH = /^\/oauth\//;

/** Whether a request came to an endpoint of OAuth's, where no answer is a problem document. */
export function speaksOAuth({ url }: FastifyRequest): boolean {
  return OAUTH.test(url);
}

/** The body of an error at such an endpoint; whatever else was refused there gets a name of the RFC's too. */
export function oauthDocument(problem: Problem): { error: string; error_description: string } {
  const error = problem instanceof OAuthProblem ? problem.error : errorOf(problem);
  return { error, error_description: asciiOf(problem.detail) };
}

/** RFC 6749 §4.1.2.1, §5.2: descriptions are printable ASCII without quotes and backslashes. */
export function asciiOf(description: string): string {
  return description.replaceAll(/["\\]/g, "'").replaceAll(/[^\x20-\x7e]/g, '?');
}

function errorOf({ status, code }: Problem): string {
  // RFC 6750 §3.1, for userinfo.
  if (['invalid_token', 'insufficient_scope'].includes(code)) return code;
  if (code === 'unauthenticated') return 'invalid_token';
  if (status === 401) return 'invalid_client';
  if (status >= 500) return status === 500 ? 'server_error' : 'temporarily_unavailable';
  return 'invalid_request';
}
