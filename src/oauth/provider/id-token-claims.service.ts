import { Injectable } from '@nestjs/common';
import type { User } from '../../accounts/users/user.entity.js';
import { StartupError } from '../../platform/config/startup.error.js';

/** Whom a client learns of. */
export interface IdTokenClaimsSubject {
  user: User;
  clientId: string;
  scopes: readonly string[];
}

type Provide = (subject: IdTokenClaimsSubject) => object | Promise<object>;

/** OIDC Core §2 and §5.1, as far as they are ours to say. */
const RESERVED =
  'iss sub aud exp iat nbf jti auth_time nonce acr amr azp sid at_hash c_hash email email_verified name updated_at'.split(
    ' ',
  );

/** The claims of ID tokens and of userinfo, by scope, and those that modules add to both. */
@Injectable()
export class IdTokenClaimsService {
  private readonly providers: { names: readonly string[]; provide: Provide }[] = [];

  /**
   * Has `provide` asked whenever a client learns of a user, while modules start. It gives those of `names` that apply.
   * @throws StartupError for a name that is not its to give
   */
  add(names: readonly string[], provide: Provide): void {
    const wrong = names.filter((name) => RESERVED.includes(name) || this.names.includes(name));
    if (wrong.length > 0)
      throw new StartupError(
        wrong.map((name) => `the claim ${name} has a meaning already: call yours another name`),
      );
    this.providers.push({ names, provide });
  }

  /** Those that modules add. */
  get names(): string[] {
    return this.providers.flatMap(({ names }) => names);
  }

  async of(subject: IdTokenClaimsSubject): Promise<Record<string, unknown>> {
    const given = await Promise.all(
      this.providers.map(async ({ names, provide }) => {
        const claims = Object.entries(await provide(subject));
        return Object.fromEntries(claims.filter(([name]) => names.includes(name)));
      }),
    );
    return Object.assign({}, ...given, standardClaims(subject)) as Record<string, unknown>;
  }
}

/** OIDC Core §5.4 */
function standardClaims({ user, scopes }: IdTokenClaimsSubject): object {
  return {
    ...(scopes.includes('profile') && {
      ...(user.name !== null && { name: user.name }),
      updated_at: Math.floor(user.updatedAt.getTime() / 1000),
    }),
    ...(scopes.includes('email') &&
      user.kind === 'person' && { email: user.email, email_verified: user.emailVerifiedAt !== null }),
  };
}
