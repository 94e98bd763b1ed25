import { STATUS_CODES } from 'node:http';

/** What is wrong with one field of the request. `field` is a dotted path such as `scopes.0.name`. */
export interface FieldError {
  field: string;
  message: string;
}

interface Extras {
  headers?: Record<string, string>;
  errors?: FieldError[];
  /** Members of the document's own (RFC 9457 §3.2). */
  members?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * A failure that the caller is told about (RFC 9457). Each feature declares its own in `x.errors.ts`.
 * `code` is stable and snake_case; `detail` is public and says how to mend it; `cause` stays in the log.
 */
export class Problem extends Error {
  readonly headers: Record<string, string>;
  readonly errors: FieldError[] | undefined;
  private readonly members: Record<string, unknown>;

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    { headers = {}, errors, members = {}, cause }: Extras = {},
  ) {
    super(detail, { cause });
    this.headers = headers;
    this.errors = errors;
    this.members = members;
  }

  /** The body of the response; `requestId` leads to the log. */
  toDocument(requestId: string) {
    const words = this.code.replaceAll('_', ' ');
    return {
      type: `urn:gatehouse:problem:${this.code}`,
      title: words.charAt(0).toUpperCase() + words.slice(1),
      status: this.status,
      detail: this.detail,
      instance: requestId,
      code: this.code,
      ...(this.errors && { errors: this.errors }),
      ...this.members,
    };
  }

  /** For failures that the framework found, which have a status and nothing else to say. */
  static ofStatus(status: number, cause?: unknown): Problem {
    const words = STATUS_CODES[status] ?? 'Error';
    return new Problem(status, words.toLowerCase().replaceAll(/[^a-z]+/g, '_'), `${words}.`, { cause });
  }
}

/**
 * An error as OAuth's endpoints answer it (RFC 6749 §5.2): `error` is from a registry, `error_description` is for
 * developers.
 */
export class OAuthProblem extends Problem {
  constructor(
    status: number,
    readonly error: string,
    description: string,
    { headers, cause }: { headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(status, error, description, { ...(headers && { headers }), cause });
  }
}
