import { Problem, type FieldError } from './problem.js';

/** A field of the body, query or path breaks its rule, or is not known; `errors` names each. */
export class ValidationFailed extends Problem {
  constructor(errors: FieldError[]) {
    super(400, 'validation_failed', 'The request is not valid; see errors.', { errors });
  }
}

/** The request cannot be read: broken JSON, a broken URL, a repeated field or host. */
export class MalformedRequest extends Problem {
  constructor(detail: string, cause?: unknown) {
    super(400, 'malformed_request', detail, { cause });
  }
}

/** A list was asked with a `cursor` that was cut, made up, or is another list's. */
export class InvalidCursor extends Problem {
  constructor() {
    super(400, 'invalid_cursor', 'The cursor is not one that this list gave out; start without a cursor.');
  }
}

/** There is no such route, or nothing of this id that the caller may know of. */
export class NotFound extends Problem {
  constructor(detail = 'There is nothing here, or nothing that you may see; check the path and its ids.') {
    super(404, 'not_found', detail);
  }
}

/** The path is known, and takes other methods (RFC 9110 §15.5.6); `Allow` lists them. */
export class MethodNotAllowed extends Problem {
  constructor(allowed: string[]) {
    const list = allowed.join(', ');
    super(405, 'method_not_allowed', `This path takes ${list}; use one of these.`, {
      headers: { allow: list },
    });
  }
}

/** The body is too large. */
export class PayloadTooLarge extends Problem {
  constructor() {
    super(
      413,
      'payload_too_large',
      'The body is larger than 64 KiB; only imports, as application/x-ndjson, may be.',
    );
  }
}

/** What came is not HTTP (RFC 9112), so nothing of it was read. */
export class BadRequest extends Problem {
  constructor() {
    super(400, 'bad_request', 'This is no HTTP request; check what sits between the client and here.');
  }
}

/** The request did not arrive whole in time. */
export class RequestTimeout extends Problem {
  constructor() {
    super(408, 'request_timeout', 'The request took more than 30 seconds to arrive; send it again.');
  }
}

/** A part of the path is longer than any id or name. */
export class UriTooLong extends Problem {
  constructor() {
    super(414, 'uri_too_long', 'A part of the path is longer than 100 characters; check its ids.');
  }
}

/** The headers are too large, URL and cookies included. */
export class RequestHeaderFieldsTooLarge extends Problem {
  constructor() {
    super(
      431,
      'request_header_fields_too_large',
      'The headers are larger than 32 KiB; send fewer or shorter ones.',
    );
  }
}

/** The body is of another type or charset, or says none. */
export class UnsupportedMediaType extends Problem {
  constructor() {
    super(
      415,
      'unsupported_media_type',
      'Send the body in UTF-8, not compressed, as the Content-Type that this takes: application/json, at the endpoints of OAuth application/x-www-form-urlencoded, for imports application/x-ndjson.',
    );
  }
}

/** A token is too long for a cookie, which a browser would drop without a word (RFC 6265 §6.1). */
export class CookieTooLarge extends Problem {
  constructor(bytes: number, most: number) {
    super(
      400,
      'cookie_too_large',
      `The access token makes a cookie of ${bytes} bytes, and browsers keep ${most}; ask for fewer scopes, or for tokens in the body.`,
    );
  }
}

/** The client went away, or fell silent, in the middle of a long body. */
export class BrokenUpload extends Problem {
  constructor(cause: unknown) {
    super(400, 'broken_upload', 'The body ended in the middle, or nothing came for too long.', { cause });
  }
}

/** An unforeseen error; it is a fault of the server. */
export class InternalError extends Problem {
  constructor(cause: unknown) {
    super(
      500,
      'internal_error',
      'Something went wrong here; tell the operator the instance, which names it in the log.',
      { cause },
    );
  }
}

/** The database is away, full, or too slow. */
export class Unavailable extends Problem {
  constructor(cause?: unknown) {
    super(503, 'unavailable', 'The server cannot reach its database; try again.', {
      cause,
      headers: { 'retry-after': '5' },
    });
  }
}

/** More YAML documents wait to be read than there is room for. */
export class TooManyDocuments extends Problem {
  constructor() {
    super(503, 'overloaded', 'Too many YAML documents are read right now; try again, or send JSON.', {
      headers: { 'retry-after': '2' },
    });
  }
}

/** One source holds as many connections, or as many bytes of answers that it has not read, as it may. */
export class Busy extends Problem {
  constructor() {
    super(503, 'busy', 'Your network has too many connections or unread answers here; close or read some.', {
      headers: { 'retry-after': '5' },
    });
  }
}

/** `/health/ready` of a server that was told to stop. */
export class Stopping extends Problem {
  constructor() {
    super(503, 'stopping', 'The server is about to stop; ask another.', { headers: { 'retry-after': '5' } });
  }
}

/** A cookie of ours came twice: one of the two may have been set by another host, and nothing says which. */
export class RepeatedCookie extends Problem {
  constructor(name: string) {
    super(
      400,
      'invalid_request',
      `The cookie ${name} was sent twice; delete the cookies of this site, and sign in.`,
    );
  }
}
