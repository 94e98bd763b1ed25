import { expect } from 'vitest';
import type { Answer } from './client.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** What must never be in an answer: a stack, a path of a source file, SQL, the name of a library. */
export const LEAKS =
  /\n\s+at |node_modules|\.[jt]s:\d|\/src\/|SELECT |INSERT |UPDATE .* SET|SQLITE_|better-sqlite3|typeorm|fastify|QueryFailed|FST_ERR|postgres/i;

/** An answer is a problem document of RFC 9457 as this server writes them, and gives nothing away. */
export function expectProblem(answer: Answer, status: number, code: string, members: string[] = []): void {
  const { headers, body, text } = answer;
  expect({ status: answer.status, code: body?.code }, text).toEqual({ status, code });
  expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(body).toMatchObject({
    type: `urn:gatehouse:problem:${code}`,
    title: expect.stringMatching(/^\S/),
    status,
    detail: expect.stringMatching(/^\S.*\.$/s),
    instance: expect.stringMatching(UUID),
  });
  expect(headers.get('x-request-id')).toBe(body.instance);
  expect(text).not.toMatch(LEAKS);
  const known = ['type', 'title', 'status', 'detail', 'instance', 'code', 'errors', ...members];
  expect(Object.keys(body).filter((member) => !known.includes(member))).toEqual([]);
}
