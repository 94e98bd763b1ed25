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

/** Anybody may call this, with or without a token. `@Public() @Post('login')` */
export const Public = () => SetMetadata(PUBLIC, true);

/** Whoever is signed in may call this, whatever their roles. `@Authenticated() @Get('whoami')` */
export const Authenticated = () => SetMetadata(AUTHENTICATED, true);

/** The caller must hold one of these roles. `@Roles('admin', 'auditor')` */
export const Roles = (...roles: [string, ...string[]]) => SetMetadata(ROLES, roles);

/** The caller's token must carry all of these scopes. `@Scopes('users:read')` */
export const Scopes = (...scopes: [string, ...string[]]) => SetMetadata(SCOPES, scopes);

/** Not needed to call this, but who has them is allowed more, which the handler decides. `@OptionalScopes('resources:admin')` */
export const OptionalScopes = (...scopes: [string, ...string[]]) => SetMetadata(OPTIONAL_SCOPES, scopes);

/**
 * Somebody who has signed in may call this, an API key may not, whatever its scopes: for what makes or changes
 * credentials and rights. Beside one of the others. `@SessionOnly() @Scopes('roles:assign')`
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
 * The caller authenticates by this Passport strategy, and not by an access token. Beside one of the others, which hold
 * for the Principal that the strategy gives. `@AuthenticatedBy('partner') @Scopes('orders:write')`
 */
export const AuthenticatedBy = (strategy: string) => SetMetadata(AUTHENTICATED_BY, strategy);

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
