import { StartupError } from '../config/startup.error.js';
import { Problem } from '../http/problem.js';
import type { StepUpPolicy } from './authentication-context.js';

const CHOICES = '@Public(), @Authenticated(), @Roles(…) or @Scopes(…)';

/** A guarded route was asked without a token. RFC 6750 §3: no `error` when no credentials were sent. */
export class Unauthenticated extends Problem {
  constructor() {
    super(401, 'unauthenticated', 'Send an access token: Authorization: Bearer <access_token>.', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
}

/** The access token or API key does not work; the same answer for every reason. */
export class InvalidToken extends Problem {
  /** @param cause what was wrong, for the log */
  constructor(cause?: unknown) {
    super(401, 'invalid_token', 'The access token is malformed, expired or revoked; refresh it or sign in.', {
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      cause,
    });
  }
}

/** Of a route that says `@AuthenticatedBy()`; RFC 9110 §15.5.2: the challenge is that of the strategy. */
export class StrategyRefused extends Problem {
  constructor(strategy: string, challenge: unknown) {
    super(401, 'unauthenticated', `This takes no access token; it authenticates by ${strategy}.`, {
      headers: { 'www-authenticate': typeof challenge === 'string' ? challenge : strategy },
    });
  }
}

/** The strategy of a route that says `@AuthenticatedBy()` has not said in time whether to let the caller in. */
export class StrategyUnavailable extends Problem {
  constructor(strategy: string) {
    super(503, 'strategy_unavailable', 'Whoever checks these credentials does not answer; try again.', {
      cause: new Error(`the strategy ${strategy} did not answer in time`),
      headers: { 'retry-after': '5' },
    });
  }
}

/** The token came in the URL or in more than one place. RFC 6750 §2: a client must not use more than one way to send it. */
export class AmbiguousCredentials extends Problem {
  constructor() {
    super(400, 'invalid_request', 'Send the access token in the Authorization header only.', {
      headers: { 'www-authenticate': 'Bearer error="invalid_request"' },
    });
  }
}

/** The token does not carry a scope of the route: its owner's roles lack it, or less was asked for at login. */
export class InsufficientScope extends Problem {
  constructor(scopes: readonly string[]) {
    const scope = scopes.join(' ');
    super(
      403,
      'insufficient_scope',
      `This needs the scope ${scope}: ask for it at login, or for a role that has it.`,
      {
        headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
      },
    );
  }
}

/** A route with `@StepUp(…)`: the token is good, but its owner must authenticate again (RFC 9470 §3). */
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

/** A route with `@Roles(…)` of which the token has none; API keys have no roles. */
export class InsufficientRole extends Problem {
  constructor(roles: readonly string[]) {
    super(403, 'insufficient_role', `This needs one of the roles ${roles.join(', ')}; ask for one.`);
  }
}

/** An API key on a route that is `@SessionOnly()`. */
export class SessionRequired extends Problem {
  constructor() {
    super(403, 'session_required', 'An API key cannot do this, whatever its scopes; sign in.');
  }
}

/** A token that another application has of a user, on a route that is `@FirstPartyOnly()`. */
export class FirstPartyRequired extends Problem {
  constructor() {
    super(
      403,
      'first_party_required',
      'An application that acts for you cannot do this, whatever its scopes; sign in here yourself.',
    );
  }
}

/** An unsafe request with cookies whose `Origin` or `Sec-Fetch-Site` says that it comes from another site. */
export class CrossSiteRequest extends Problem {
  constructor() {
    super(
      403,
      'cross_site_request',
      'With cookies, this takes requests from pages of its own origin only; others send an access token.',
    );
  }
}

/**
 * A refusal at an API of its own, with what a client needs to find out where to ask for a token, and for which scopes:
 * all that the route needs (RFC 9728 §5.1).
 */
export function withMetadata(error: unknown, url: string, scopes: readonly string[]): unknown {
  if (!(error instanceof Problem) || ![401, 403].includes(error.status)) return error;
  const challenge = error.headers['www-authenticate'] ?? 'Bearer';
  const separator = challenge.includes('=') ? ', ' : ' ';
  const scope = scopes.length > 0 && !challenge.includes('scope=') ? `, scope="${scopes.join(' ')}"` : '';
  error.headers['www-authenticate'] = `${challenge}${separator}resource_metadata="${url}"${scope}`;
  return error;
}

export class UndeclaredAccess extends StartupError {
  constructor(handlers: string[]) {
    super(handlers.map((handler) => `${handler} does not say who may call it: add one of ${CHOICES}`));
  }
}

export class UnknownStrategy extends StartupError {
  constructor(handler: string, strategy: string) {
    const mend = `provide a class that extends PassportStrategy(…, '${strategy}')`;
    super([`${handler} authenticates by ${strategy}, which nobody provides: ${mend}`]);
  }
}

export class StrategyTaken extends StartupError {
  constructor(strategy: string) {
    const mend = 'give yours another name, as the second argument of PassportStrategy';
    super([`another Passport strategy has taken the name ${strategy}, which access tokens go by: ${mend}`]);
  }
}

export class UnfilteredGateway extends StartupError {
  constructor(gateways: string[]) {
    super(
      gateways.map(
        (gateway) => `${gateway} does not say how failures are told: add @UseFilters(ProblemFilter)`,
      ),
    );
  }
}

export class UnguardedField extends StartupError {
  constructor(handlers: string[]) {
    const mend = `set fieldResolverEnhancers: ['guards'] in the options of GraphQLModule`;
    super(handlers.map((handler) => `${handler} says who may read the field, and no guard asks it: ${mend}`));
  }
}
