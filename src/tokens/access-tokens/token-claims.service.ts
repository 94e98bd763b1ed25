import { Injectable } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import type { TokenClaims } from '../../platform/access/principal.js';
import { StartupError } from '../../platform/config/startup.error.js';
import { Problem } from '../../platform/http/problem.js';
import type { AccessTokenClaims } from './access-tokens.service.js';
import { ClaimsUnavailable } from '../revocation/tokens.errors.js';

/** Who a token is made for. */
export interface ClaimsSubject {
  userId: string;
  sessionId: string;
  roles: readonly string[];
  /** The OAuth client that it is issued to; not there for a sign-in at Gatehouse itself. */
  clientId?: string;
  /** What it is for; not there for Gatehouse's own API. */
  audience?: readonly string[];
}

type Given<Name extends keyof TokenClaims> = { readonly [Each in Name]?: TokenClaims[Each] };
type Provide<Name extends keyof TokenClaims> = (subject: ClaimsSubject) => Given<Name> | Promise<Given<Name>>;

interface Provider {
  names: readonly string[];
  provide: (subject: ClaimsSubject) => unknown;
}

/** All of them together, as JSON: tokens travel with every request, and browsers keep no cookie above 4 KiB. */
const MAX_BYTES = 1_024;
const PROVIDE_WITHIN_MS = 2_000;
/** Namespaced ones too, such as `https://example.com/tenant`. */
const NAME = /^[A-Za-z][A-Za-z0-9_.:/-]{0,99}$/;

const OWN = {
  iss: true,
  sub: true,
  aud: true,
  exp: true,
  iat: true,
  jti: true,
  client_id: true,
  scope: true,
  roles: true,
  sid: true,
  ver: true,
  auth_time: true,
  amr: true,
  acr: true,
  cnf: true,
  first_party: true,
  gty: true,
} satisfies Record<keyof AccessTokenClaims, true>;
/** What a verifier may take for something else: of the JWT itself, of its holder (RFC 7800, RFC 8693), of introspection. */
const MEANINGFUL = 'nbf typ alg kid azp nonce at_hash act may_act active username token_type'.split(' ');
const RESERVED = new Set([
  ...Object.keys(OWN),
  ...MEANINGFUL,
  ...Object.getOwnPropertyNames(Object.prototype),
]);

/** Claims that other modules add to access tokens. No token is made without them. */
@Injectable()
export class TokenClaimsService {
  private readonly providers: Provider[] = [];

  /** Whether there are any, so that an installation without any pays nothing. */
  get isUsed(): boolean {
    return this.providers.length > 0;
  }

  /**
   * Has `provide` asked whenever an access token is made, while modules start. It gives all of `names`, or leaves out
   * what does not apply; a Problem that it throws is the answer to the token request.
   * @throws StartupError for a name that is not its to give
   */
  add<Name extends keyof TokenClaims & string>(names: readonly Name[], provide: Provide<Name>): void {
    const taken = new Set(this.providers.flatMap((each) => each.names));
    const wrong = names.flatMap((name) => {
      if (!NAME.test(name)) return [`a claim cannot be called ${JSON.stringify(name)}: use ${NAME.source}`];
      if (RESERVED.has(name)) return [`the claim ${name} has a meaning already: call yours another name`];
      return taken.has(name) ? [`the claim ${name} is added twice: call one of them another name`] : [];
    });
    if (wrong.length > 0) throw new StartupError(wrong);
    this.providers.push({ names, provide });
  }

  /** What a token for this subject has to say. @throws ClaimsUnavailable, or the Problem of a provider */
  async of(subject: ClaimsSubject): Promise<TokenClaims | undefined> {
    if (!this.isUsed) return undefined;
    try {
      const given = await Promise.all(this.providers.map((each) => ask(each, subject)));
      return bounded(Object.assign({}, ...given) as TokenClaims);
    } catch (error) {
      throw error instanceof Problem ? error : new ClaimsUnavailable(error);
    }
  }
}

/** Those of a verified token that modules have added, for all who share it; `undefined` for none. */
export function addedClaims(claims: object): TokenClaims | undefined {
  const added = Object.entries(claims).filter(([name]) => !RESERVED.has(name));
  return added.length > 0 ? frozen(Object.fromEntries(added)) : undefined;
}

async function ask({ names, provide }: Provider, subject: ClaimsSubject): Promise<object> {
  const timer = new AbortController();
  const late = setTimeout(PROVIDE_WITHIN_MS, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`the provider of ${names.join(', ')} took longer than ${PROVIDE_WITHIN_MS} ms`);
  });
  late.catch(() => {});
  try {
    const given: unknown = await Promise.race([provide(subject), late]);
    // As the token will say it; what is not JSON fails here.
    const claims = JSON.parse(JSON.stringify(given)) as object;
    const strange = Object.keys(claims).filter((name) => !names.includes(name));
    if (strange.length > 0) throw new Error(`${strange.join(', ')}: not among the names it was added with`);
    return claims;
  } finally {
    timer.abort();
  }
}

function bounded(claims: TokenClaims): TokenClaims {
  const bytes = Buffer.byteLength(JSON.stringify(claims));
  if (bytes > MAX_BYTES) throw new Error(`the added claims take ${bytes} bytes, more than ${MAX_BYTES}`);
  return claims;
}

function frozen<T>(value: T): T {
  if (value !== null && typeof value === 'object') Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}
