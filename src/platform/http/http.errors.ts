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

/** The body is of another type, or says none. */
export class UnsupportedMediaType extends Problem {
  constructor() {
    super(
      415,
      'unsupported_media_type',
      'Send the body as Content-Type: application/json, or what is imported as application/x-ndjson, and not encoded.',
    );
  }
}

/** The client went away, or fell silent, in the middle of a long body. */
export class BrokenUpload extends Problem {
  constructor(cause: unknown) {
    super(400, 'broken_upload', 'The body ended in the middle, or nothing came for too long.', { cause });
  }
}

/** Nobody has thought of this; it is a fault of the server. */
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

/** `/health/ready` of a server that was told to stop. */
export class Stopping extends Problem {
  constructor() {
    super(503, 'stopping', 'The server is about to stop; ask another.', { headers: { 'retry-after': '5' } });
  }
}
