import type { FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { UnsupportedMediaType } from './http.errors.js';

const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]*)/gi;

/** Whether a body is not what its media type says, but has to be unpacked first, which no route does. */
export function isEncoded({ headers }: FastifyRequest): boolean {
  return (headers['content-encoding'] ?? 'identity') !== 'identity';
}

/** Whether a body is said to be UTF-8, or no charset is named. */
export function saysUtf8({ headers }: FastifyRequest): boolean {
  const charsets = [...(headers['content-type'] ?? '').matchAll(CHARSET)].map(([, charset]) => charset!);
  return charsets.every((charset) => /^utf-?8$/i.test(charset));
}

/** Whether the headers say that a body follows (RFC 9112 §6.3). */
export function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Reads a body that may be there in name only. @throws UnsupportedMediaType at its first byte */
export async function refuseContent(body: IncomingMessage): Promise<undefined> {
  // Not destroyed when it is left half-read: the socket, and the answer, would go with it.
  for await (const chunk of body.iterator({ destroyOnReturn: false }))
    if ((chunk as Buffer).length > 0) throw new UnsupportedMediaType();
}
