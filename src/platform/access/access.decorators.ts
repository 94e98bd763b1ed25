import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { requestOf } from '../http/request-of.js';
import { actorOf, type Actor } from './actor.js';
import { stepUpPolicy, type StepUpOptions } from './authentication-context.js';
import type { CallLimit } from './limits.js';
import type { Principal } from './principal.js';

export const PUBLIC = 'access:public';
export const AUTHENTICATED = 'access:authenticated';
export const ROLES = 'access:roles';
export const SCOPES = 'access:scopes';
export const OPTIONAL_SCOPES = 'access:optional-scopes';
export const SESSION_ONLY = 'access:session-only';
export const LIMITED = 'access:limited';
export const STEP_UP = 'access:step-up';
export const AUTHENTICATED_BY = 'access:authenticated-by';
export const EVEN_OUTDATED = 'access:even-outdated';
export const CLIENT_AUTHENTICATED = 'access:client-authenticated';
export const FIRST_PARTY_ONLY = 'access:first-party-only';
export const PROTECTED_RESOURCE = 'access:protected-resource';

/** Every caller may call this, with or without a token. `@Public() @Post('login')` */
export const Public = () => SetMetadata(PUBLIC, true);

/** Authenticated callers may call this, with any role. `@Authenticated() @Get('whoami')` */
export const Authenticated = () => SetMetadata(AUTHENTICATED, true);

/** The caller must hold one of these roles. `@Roles('admin', 'auditor')` */
export const Roles = (...roles: [string, ...string[]]) => SetMetadata(ROLES, roles);

/** The caller's token must carry all of these scopes. `@Scopes('users:read')` */
export const Scopes = (...scopes: [string, ...string[]]) => SetMetadata(SCOPES, scopes);

/** Not needed to call this, but who has them is allowed more, which the handler decides. `@OptionalScopes('resources:admin')` */
export const OptionalScopes = (...scopes: [string, ...string[]]) => SetMetadata(OPTIONAL_SCOPES, scopes);

/**
 * A signed-in user may call this, an API key may not, with any scopes: for what makes or changes
 * credentials and rights. Combined with one of the others. `@SessionOnly() @Scopes('roles:assign')`
 */
export const SessionOnly = () => SetMetadata(SESSION_ONLY, true);

/** Only so often, see `limits.ts`. The account is the principal's, or the `email` of the body. `@Limited('signup')` */
export const Limited = (limit: CallLimit) => SetMetadata(LIMITED, limit);

/**
 * The caller must have proved who they are this recently, and with `acr: 'mfa'` by several factors (RFC 9470). It comes
 * on top of the others and opens nothing by itself. `@StepUp({ maxAge: '5m' })`
 */
export const StepUp = (options: StepUpOptions) => SetMetadata(STEP_UP, stepUpPolicy(options));

/**
 * The caller authenticates by this Passport strategy, and not by an access token. Combined with one of the others, which hold
 * for the Principal that the strategy gives. `@AuthenticatedBy('partner') @Scopes('orders:write')`
 */
export const AuthenticatedBy = (strategy: string) => SetMetadata(AUTHENTICATED_BY, strategy);

/**
 * A token or cookie of a session will do that has expired, or whose session has ended: for what only takes away. Combined with
 * `@Authenticated()`; the principal has no roles and no scopes. `@EvenOutdated() @Authenticated() @Post('logout')`
 */
export const EvenOutdated = () => SetMetadata(EVEN_OUTDATED, true);

/**
 * An OAuth client calls this, and authenticates as RFC 6749 §2.3 says; a public one names itself. No user is signed in.
 * `@ClientAuthenticated() @Post('token')`
 */
export const ClientAuthenticated = () => SetMetadata(CLIENT_AUTHENTICATED, true);

/**
 * Closed to the tokens that another application has of a user, with any scopes: for what concerns the sign-in
 * itself. Combined with one of the others, and part of `@SessionOnly()` and `@StepUp()`. `@FirstPartyOnly() @Authenticated()`
 */
export const FirstPartyOnly = () => SetMetadata(FIRST_PARTY_ONLY, true);

/**
 * The routes of a controller are an API of their own, whose identifier is `PUBLIC_URL/name`: they take access tokens made
 * for it and no others, and refuse with a challenge that leads clients to its metadata (RFC 9728).
 * `@ProtectedResource('mcp') @Controller('mcp')`
 */
export const ProtectedResource = (name: string) => {
  if (!/^[\w-]+(\/[\w-]+)*$/.test(name))
    throw new TypeError(`@ProtectedResource needs a path such as mcp, not ${JSON.stringify(name)}`);
  return SetMetadata(PROTECTED_RESOURCE, name);
};

/** The handler's {@link Principal}; not for `@Public()` routes. `logOut(@CurrentPrincipal() principal: Principal)` */
export const CurrentPrincipal = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal | undefined => requestOf(context)?.user,
);

/** Who calls and from where, for the audit trail. `remove(@CurrentActor() actor: Actor)` */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const request = requestOf(context);
  if (!request) throw new TypeError('@CurrentActor() is for calls that came with a request');
  return actorOf(request);
});
