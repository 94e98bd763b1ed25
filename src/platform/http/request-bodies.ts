import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { announcesBody, isEncoded, refuseContent, saysUtf8 } from './body-checks.js';
import { MalformedRequest, UnsupportedMediaType } from './http.errors.js';
import { takesLines } from './long-bodies.js';

/** RFC 8259 §8.1; a byte order mark is left out, as the section allows. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** JSON, but where an RFC asks for a form, or a route takes lines or text; an empty body of any type is no body. */
export function readBodies(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addHook('onRoute', (route) => {
    const { takesText } = (route.config ?? {}) as BodyConfig;
    if (takesText !== undefined) route.bodyLimit = takesText;
  });
  server.addContentTypeParser(YAML, { parseAs: 'buffer' }, (request, body, done) => {
    const { takesText } = request.routeOptions.config as BodyConfig;
    if (takesText !== undefined) done(null, textOf(request, body as Buffer));
    else done(body.length === 0 ? null : new UnsupportedMediaType(), undefined);
  });
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = textOf(request, body as Buffer);
    const { takesForm, takesText } = request.routeOptions.config as BodyConfig;
    if (takesText !== undefined) done(null, text);
    else if (text === '') done(null, undefined);
    else if (takesForm === 'only') done(new UnsupportedMediaType());
    else parseJson(request, text, done);
  });
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    (request, body, done) => {
      const { takesForm, mayRepeat = [] } = request.routeOptions.config as BodyConfig;
      if (body.length === 0) done(null, undefined);
      else if (takesForm) done(null, formOf(textOf(request, body as Buffer), mayRepeat));
      else done(new UnsupportedMediaType());
    },
  );
  server.addContentTypeParser('*', (_request: FastifyRequest, body: IncomingMessage) => refuseContent(body));
}

/** Drops the type that clients name for a body that is not there: Fastify would refuse one that it cannot parse. */
export function forgetTypeOfNothing({ headers, routeOptions, raw }: FastifyRequest): void {
  if (headers['content-type'] === undefined || announcesBody(raw)) return;
  if (!takesLines(routeOptions.config)) delete headers['content-type'];
}

/** @throws UnsupportedMediaType for another charset or an encoded body; MalformedRequest for bytes that are not UTF-8 */
function textOf(request: FastifyRequest, body: Buffer): string {
  if (body.length === 0) return '';
  if (isEncoded(request) || !saysUtf8(request)) throw new UnsupportedMediaType();
  try {
    return UTF_8.decode(body);
  } catch (cause) {
    throw new MalformedRequest('The body is not UTF-8; encode it as UTF-8.', cause);
  }
}

/** RFC 9512, and what was in use before. */
const YAML = /^(?:application|text)\/(?:[\w.-]+\+|x-)?yaml(?:;|$)/;

/** What a route says of the bodies that it takes. */
interface BodyConfig {
  /** JSON or YAML, of so many bytes at most, that is handed on as text. */
  takesText?: number;
  /** `only` where an RFC says so, and a form in JSON would be another's reading of it. */
  takesForm?: boolean | 'only';
  /** The fields that may stand there more than once, and then are lists. */
  mayRepeat?: readonly string[];
}

/** @throws MalformedRequest for a repeated field (RFC 6749 §3.1), or for escapes that are not UTF-8 */
function formOf(text: string, mayRepeat: readonly string[]): Record<string, string | string[]> {
  const fields = text.split('&').filter(Boolean).map(fieldOf);
  const form = new Map<string, string | string[]>();
  for (const [name, value] of fields) {
    const before = form.get(name);
    if (before !== undefined && !mayRepeat.includes(name)) throw new MalformedRequest('A field is repeated.');
    form.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(form);
}

/** `URLSearchParams` would read escapes that are not UTF-8 as U+FFFD. */
function fieldOf(pair: string): [name: string, value: string] {
  const [name = '', ...value] = pair.replaceAll('+', ' ').split('=');
  try {
    return [decodeURIComponent(name), decodeURIComponent(value.join('='))];
  } catch (cause) {
    throw new MalformedRequest('The form holds an escape that is not UTF-8.', cause);
  }
}
