import { Problem } from '../../platform/http/problem.js';

/** Two upstreams cannot have one name. */
export class UpstreamNameTaken extends Problem {
  constructor() {
    super(409, 'upstream_name_taken', 'There is an upstream with this name already; choose another.');
  }
}

/** An upstream that versions of APIs still point to. */
export class UpstreamInUse extends Problem {
  constructor() {
    super(409, 'upstream_in_use', 'Versions of APIs point to this upstream; change or delete them first.');
  }
}

/** A target whose address the gateway never connects to. */
export class TargetRefused extends Problem {
  /** @param field such as `targets.0.url` */
  constructor(field: string, reason: string) {
    super(400, 'target_refused', `The gateway does not connect to this target: ${reason}.`, {
      errors: [{ field, message: reason }],
    });
  }
}

/** A certificate or a key that cannot be read. */
export class TlsRefused extends Problem {
  constructor(cause?: unknown) {
    super(400, 'tls_refused', 'The certificates or the key cannot be read, or do not belong together.', {
      cause,
    });
  }
}
