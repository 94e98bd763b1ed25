import { OAuthProblem, Problem } from '../../platform/http/problem.js';

/** RFC 6749 §5.2: the request is malformed, or says something twice. */
export class InvalidRequest extends OAuthProblem {
  constructor(description: string, error = 'invalid_request') {
    super(400, error, description);
  }
}

/** Client authentication failed; the same answer whatever was wrong. RFC 6749 §5.2: 401, and the scheme that was used. */
export class InvalidClient extends OAuthProblem {
  /** @param cause what was wrong, for the log */
  constructor(cause?: unknown) {
    super(401, 'invalid_client', 'The client is not known, or did not authenticate as it is registered to.', {
      headers: { 'www-authenticate': 'Basic realm="gatehouse"' },
      cause,
    });
  }
}

/** The client may not do this: its registration does not list the grant, or a profile of it asks for more. */
export class UnauthorizedClient extends OAuthProblem {
  constructor(description: string) {
    super(400, 'unauthorized_client', description);
  }
}

/** What a registration says cannot be (RFC 7591 §3.2.2). */
export class InvalidClientMetadata extends OAuthProblem {
  constructor(
    readonly field: string,
    description: string,
    error = 'invalid_client_metadata',
  ) {
    super(400, error, description);
  }
}

/** A client has two secrets already; one of them must expire or be deleted first. */
export class TooManySecrets extends Problem {
  constructor() {
    super(409, 'too_many_secrets', 'The client has two live secrets; delete one first.');
  }
}

/** A client without secrets: a public one, or one that authenticates by its own keys. */
export class NoSecrets extends Problem {
  constructor() {
    super(409, 'no_secrets', 'The client does not authenticate by a secret.');
  }
}

/** A metadata document could not be read, or is not that of the client (draft-ietf-oauth-client-id-metadata-document). */
export class UnreadableClientDocument extends OAuthProblem {
  constructor(reason: string, cause?: unknown) {
    super(400, 'invalid_client', `The metadata document of the client cannot be used: ${reason}`, { cause });
  }
}
