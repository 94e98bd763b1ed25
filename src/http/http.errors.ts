import { Problem, type FieldError } from './problem.js';

export class ValidationFailed extends Problem {
  constructor(errors: FieldError[]) {
    super(400, 'validation_failed', 'The request is not valid; see errors.', { errors });
  }
}

export class MalformedRequest extends Problem {
  constructor(detail: string, cause?: unknown) {
    super(400, 'malformed_request', detail, { cause });
  }
}

export class InvalidCursor extends Problem {
  constructor() {
    super(400, 'invalid_cursor', 'The cursor is not one that this list gave out; start without a cursor.');
  }
}

export class NotFound extends Problem {
  constructor(detail = 'There is nothing here.') {
    super(404, 'not_found', detail);
  }
}

export class MethodNotAllowed extends Problem {
  constructor(allowed: string[]) {
    const list = allowed.join(', ');
    super(405, 'method_not_allowed', `This path takes ${list}.`, { headers: { allow: list } });
  }
}

export class PayloadTooLarge extends Problem {
  constructor() {
    super(413, 'payload_too_large', 'The body is larger than 64 KiB.');
  }
}

export class UnsupportedMediaType extends Problem {
  constructor() {
    super(415, 'unsupported_media_type', 'Send the body as Content-Type: application/json.');
  }
}

export class InternalError extends Problem {
  constructor(cause: unknown) {
    super(500, 'internal_error', 'Something went wrong here; the instance names it in the log.', { cause });
  }
}

export class Unavailable extends Problem {
  constructor(cause?: unknown) {
    super(503, 'unavailable', 'The server cannot reach its database; try again.', {
      cause,
      headers: { 'retry-after': '5' },
    });
  }
}

export class Stopping extends Problem {
  constructor() {
    super(503, 'stopping', 'The server is about to stop; ask another.', { headers: { 'retry-after': '5' } });
  }
}
