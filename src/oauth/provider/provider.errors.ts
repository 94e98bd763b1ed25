import { OAuthProblem, Problem } from '../../platform/http/problem.js';
import type { ResponseMode } from './authorization-request.js';

/** The code, refresh token or device code does not work, or is another client's (RFC 6749 §5.2). */
export class InvalidGrant extends OAuthProblem {
  /** @param cause what was wrong, for the log */
  constructor(
    cause?: unknown,
    description = 'The grant is invalid, expired, revoked, or was issued to another client.',
  ) {
    super(400, 'invalid_grant', description, { cause });
  }
}

/** No handler of this grant type is there (RFC 6749 §5.2). */
export class UnsupportedGrantType extends OAuthProblem {
  constructor() {
    super(
      400,
      'unsupported_grant_type',
      'This grant type is not supported; the metadata list those that are.',
    );
  }
}

/** A scope is not known, or not one that the client may ask for (RFC 6749 §5.2). */
export class InvalidOAuthScope extends OAuthProblem {
  constructor(scopes: readonly string[]) {
    super(
      400,
      'invalid_scope',
      `These scopes are not known here, or not for this client: ${scopes.join(' ')}.`,
    );
  }
}

/** RFC 8707 §2: the resource is not known, or not one that the client may ask for. */
export class InvalidTarget extends OAuthProblem {
  constructor() {
    super(400, 'invalid_target', 'The resource is not known here, or not for this client.');
  }
}

/** An authorization request whose answer goes back to its client (RFC 6749 §4.1.2.1). */
export class RefusedAuthorization extends Error {
  constructor(
    readonly error: string,
    readonly description: string,
  ) {
    super(description);
  }
}

/** Where the answer to an authorization request goes. */
export interface ReturnAddress {
  redirectUri: string;
  responseMode: ResponseMode;
  state: string | null;
}

/** A page in place of a redirect: no browser may be sent to an address that no client has registered (RFC 6749 §4.1.2.1). */
export class UnknownClient extends Problem {
  constructor(cause?: unknown) {
    super(400, 'unknown_client', 'No application is registered under this client_id.', { cause });
  }
}

/** A page in place of a redirect, for the address is not one of the application's (RFC 9700 §4.1.3). */
export class UnregisteredRedirect extends Problem {
  constructor() {
    super(
      400,
      'unregistered_redirect_uri',
      'The redirect_uri is missing, or is none of those that are registered for this application, character by character.',
    );
  }
}

/** The request that a page belongs to is gone: it is older than a week, or was pushed and has expired. */
export class RequestGone extends Problem {
  constructor() {
    super(400, 'request_gone', 'This sign-in has expired; go back to the application and start again.');
  }
}

/** The device code of a person is wrong, used or expired. */
export class UnknownUserCode extends Problem {
  constructor() {
    super(404, 'unknown_user_code', 'There is no such code, or it has expired; look at the device again.');
  }
}

/** A page in place of a redirect: a sign-out leads to registered addresses only (OIDC RP-Initiated Logout §3). */
export class UnregisteredLogoutRedirect extends Problem {
  constructor() {
    super(
      400,
      'unregistered_redirect_uri',
      'The post_logout_redirect_uri is none of those that are registered for this application; send client_id or id_token_hint with it.',
    );
  }
}
