import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { announcesBody } from '../../platform/http/body-checks.js';
import type { Problem } from '../../platform/http/problem.js';
import { SECURITY_HEADERS } from '../../platform/http/security-headers.js';

const SAME_HEADERS = { 'cache-control': 'no-store', ...SECURITY_HEADERS };

/** What is common to all answers of the gateway itself. */
export interface AnswerContext {
  requestId: string;
  /** Names and values in turn. */
  more: readonly string[];
  /** Whether the connection ends with it. */
  closes: boolean;
}

/** Whether a client may still be sending what nothing will read. */
export function isBodyUnread(request: IncomingMessage): boolean {
  return announcesBody(request) && !request.complete;
}

/** Answers with a problem, unless an answer has begun. */
export function answerProblem(response: ServerResponse, problem: Problem, context: AnswerContext): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify(problem.toDocument(context.requestId));
  response.writeHead(problem.status, headersOf(problem, body, context));
  response.end(body);
}

/** The same on a bare socket. */
export function answerOnSocket(socket: Duplex, problem: Problem, context: AnswerContext): void {
  const body = JSON.stringify(problem.toDocument(context.requestId));
  const headers = headersOf(problem, body, { ...context, closes: true });
  const lines = headers.flatMap((name, position) =>
    position % 2 === 0 ? [`${name}: ${headers[position + 1]}`] : [],
  );
  const { status } = problem;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

function headersOf(problem: Problem, body: string, { requestId, more, closes }: AnswerContext): string[] {
  // RFC 9110 §15.5.2: every 401 names a scheme.
  const challenge = problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  const own = {
    ...SAME_HEADERS,
    ...challenge,
    ...problem.headers,
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
    ...(closes && { connection: 'close' }),
  };
  return [...Object.entries(own).flat(), ...more];
}
