import { StartupError } from '../config/startup.error.js';
import { Problem } from '../http/problem.js';
import type { StepUpPolicy } from './authentication-context.js';

const CHOICES = '@Public(), @Authenticated(), @Roles(…) or @Scopes(…)';

/** RFC 6750 §3: no `error` when no credentials were sent. */
export class Unauthenticated extends Problem {
  constructor() {
    super(401, 'unauthenticated', 'Send an access token: Authorization: Bearer <access_token>.', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
}

/** The same answer whatever was wrong with the token; `cause` says it in the log. */
export class InvalidToken extends Problem {
  constructor(cause?: unknown) {
    super(401, 'invalid_token', 'The access token is malformed, expired or revoked; refresh it or sign in.', {
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      cause,
    });
  }
}

/** RFC 6750 §2: a client must not use more than one way to send its token. */
export class AmbiguousCredentials extends Problem {
  constructor() {
    super(400, 'invalid_request', 'Send the access token in the Authorization header only.', {
      headers: { 'www-authenticate': 'Bearer error="invalid_request"' },
    });
  }
}

export class InsufficientScope extends Problem {
  constructor(scopes: readonly string[]) {
    const scope = scopes.join(' ');
    super(403, 'insufficient_scope', `This needs the scope ${scope}.`, {
      headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
    });
  }
}

/** RFC 9470 §3: the token is good, but its owner must prove anew who they are. */
export class InsufficientUserAuthentication extends Problem {
  constructor({ maxAgeS, acr }: StepUpPolicy) {
    const challenge = [
      'Bearer error="insufficient_user_authentication"',
      `max_age="${maxAgeS}"`,
      ...(acr ? [`acr_values="${acr}"`] : []),
    ];
    super(
      401,
      'insufficient_user_authentication',
      'This needs a fresh proof of who you are: POST /v1/auth/step-up gives an access token that will do.',
      { headers: { 'www-authenticate': challenge.join(', ') } },
    );
  }
}

export class InsufficientRole extends Problem {
  constructor(roles: readonly string[]) {
    super(403, 'insufficient_role', `This needs one of the roles ${roles.join(', ')}.`);
  }
}

/** A route that is `@SessionOnly()`. */
export class SessionRequired extends Problem {
  constructor() {
    super(403, 'session_required', 'An API key cannot do this, whatever its scopes; sign in.');
  }
}

export class CrossSiteRequest extends Problem {
  constructor() {
    super(403, 'cross_site_request', 'With cookies, this takes requests from pages of its own origin only.');
  }
}

export class UndeclaredAccess extends StartupError {
  constructor(handlers: string[]) {
    super(handlers.map((handler) => `${handler} does not say who may call it: add one of ${CHOICES}`));
  }
}
