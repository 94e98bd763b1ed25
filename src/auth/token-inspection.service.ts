import { Injectable } from '@nestjs/common';
import { refusalOf } from '../access/access-policy.js';
import { InsufficientScope, InvalidToken } from '../access/access.errors.js';
import type { Principal } from '../access/principal.js';
import { describeAccess, RouteRegistry } from '../access/route-registry.js';
import { Settings } from '../config/settings.js';
import { LiveApiKeys } from '../api-keys/live-api-keys.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { AccessTokenRules } from '../tokens/access-token-rules.service.js';
import type { AccessTokenClaims } from '../tokens/access-tokens.service.js';
import { withoutPrefix } from '../tokens/api-key-tokens.service.js';
import { MEANINGS, TIMES, timeInWords } from './claim-meanings.js';
import type { InspectionResponse, InspectToken } from './tokens.dto.js';

const API_KEY = 'api-key+jwt';
const INSPECT_ANY = 'tokens:introspect';
/** Deeper than any claim of ours; what is much deeper can be read, but not written out again. */
const MAX_DEPTH = 10;

type Json = Record<string, unknown>;
/** One step of the verification: what it looks at, and what is wrong, if anything. */
type Step = [check: string, says: string, fails: () => string | undefined];

/** Explains a token to somebody who wonders why it does or does not work. */
@Injectable()
export class TokenInspectionService {
  constructor(
    private readonly settings: Settings,
    private readonly rules: AccessTokenRules,
    private readonly sessions: SessionsService,
    private readonly registry: RouteRegistry,
    private readonly liveApiKeys: LiveApiKeys,
  ) {}

  /** @throws InsufficientScope for a token of somebody else's, unless the caller may introspect any */
  async inspect({ token: sent, route }: InspectToken, principal: Principal): Promise<InspectionResponse> {
    const refresh = await this.sessions.peek(sent);
    if (refresh) {
      refuseForeign(refresh.session.userId, principal);
      return { ...this.ofRefreshToken(refresh), ...(route && { route: this.verdict(route, undefined) }) };
    }
    const token = withoutPrefix(sent);
    const [header, claims] = token.split('.', 2).map(decode);
    refuseForeign(claims?.['sub'], principal);

    await this.rules.findKey(token);
    const actsAs = await this.principalOf(token);
    const verification = this.verification(token, (header ?? {}) as Json, (claims ?? {}) as Json, actsAs);
    const active = verification.every(({ passed }) => passed);
    return {
      kind: kindOf(header, claims),
      active,
      header: explain(header),
      claims: explain(claims),
      verification,
      revokedBy: this.revokedBy(token, actsAs) ?? null,
      sessionId: typeof claims?.['sid'] === 'string' ? claims['sid'] : null,
      ...(route && { route: this.verdict(route, active ? actsAs : undefined) }),
    };
  }

  private verification(
    token: string,
    header: Json,
    claims: Json,
    actsAs: Principal | undefined,
  ): InspectionResponse['verification'] {
    const now = Date.now() / 1000;
    const { PUBLIC_URL } = this.settings;
    const steps: Step[] = [
      [
        'type',
        header['typ'] === API_KEY ? 'is an API key' : 'is an access token',
        () => (['at+jwt', API_KEY].includes(header['typ'] as string) ? undefined : 'typ is not at+jwt'),
      ],
      [
        'key',
        'names a key of ours and the algorithm of that key',
        () => (this.rules.keyOf(token) ? undefined : 'kid, alg or the spelling is not that of a key of ours'),
      ],
      [
        'signature',
        'is signed by that key',
        () => (this.isSigned(token) ? undefined : 'the signature is wrong'),
      ],
      [
        'issuer',
        'was issued here',
        () => (claims['iss'] === PUBLIC_URL ? undefined : `iss is not ${PUBLIC_URL}`),
      ],
      [
        'audience',
        'is meant for this API',
        () => ([claims['aud']].flat().includes(PUBLIC_URL) ? undefined : `aud is not ${PUBLIC_URL}`),
      ],
      [
        'expiry',
        'has not expired',
        () =>
          Number(claims['exp']) > Math.floor(now) ? undefined : `it expired ${timeInWords(claims['exp'])}`,
      ],
      [
        'revocation',
        'has not been revoked',
        () => {
          const what = this.revokedBy(token, actsAs);
          return what && `the ${what} was revoked or has changed`;
        },
      ],
      [
        'rules',
        'passes everything a request would ask of it',
        () =>
          actsAs
            ? undefined
            : 'it is not valid yet, was issued in the future, or is older than a token may be',
      ],
    ];
    let hasFailed = false;
    return steps.map(([check, says, fails]) => {
      if (hasFailed) return { check, passed: null, detail: 'not checked, for an earlier check failed' };
      const problem = fails();
      hasFailed = problem !== undefined;
      return { check, passed: !hasFailed, detail: problem ?? says };
    });
  }

  private isSigned(token: string): boolean {
    return this.claimsOf(token) !== undefined;
  }

  private revokedBy(token: string, actsAs: Principal | undefined): string | undefined {
    const claims = this.claimsOf(token);
    if (!claims) return undefined;
    const { type, kid } = this.rules.keyOf(token)!;
    if (type === 'at+jwt') return this.rules.revocationOf({ ...claims, kid });
    return actsAs || claims.exp * 1000 <= Date.now() ? undefined : 'api-key';
  }

  private claimsOf(token: string): AccessTokenClaims | undefined {
    return orUndefined(() =>
      this.rules.verifySignature<AccessTokenClaims>(token, { ignoreExpiration: true, ignoreNotBefore: true }),
    );
  }

  /** Whom a token acts as by now; `undefined` for one that does not work. */
  private async principalOf(token: string): Promise<Principal | undefined> {
    if (this.rules.keyOf(token)?.type !== API_KEY)
      return orUndefined(() => this.rules.verify(token))?.principal;
    const apiKey = orUndefined(() => this.rules.verifyApiKey(token));
    return apiKey && this.liveApiKeys.principalOf(apiKey);
  }

  private verdict({ method, path }: { method: string; path: string }, principal: Principal | undefined) {
    const route = this.registry.find(method, path);
    if (!route) return { handler: null, isLetIn: false, decidedBy: 'there is no such route' };
    const access = describeAccess(route.policy);
    if (route.policy.strategy !== undefined)
      return { handler: route.handler, isLetIn: false, decidedBy: `${access}: it takes no token of ours` };
    const refusal = refusalOf(route.policy, principal);
    const decidedBy = refusal ? `${access}: ${principal ? refusal.code : 'invalid_token'}` : access;
    return { handler: route.handler, isLetIn: !refusal, decidedBy };
  }

  private ofRefreshToken({
    session,
    isLive,
  }: NonNullable<Awaited<ReturnType<SessionsService['peek']>>>): InspectionResponse {
    const detail = isLive
      ? 'its session is live and it is current'
      : 'its session has ended, or it was rotated long ago';
    return {
      kind: 'refresh_token',
      active: isLive,
      header: [],
      claims: [],
      verification: [
        { check: 'mac', passed: true, detail: 'was issued here' },
        { check: 'session', passed: isLive, detail },
      ],
      revokedBy: null,
      sessionId: session.id,
    };
  }
}

function kindOf(header: Json | undefined, claims: Json | undefined): InspectionResponse['kind'] {
  if (!header || !claims) return 'unknown';
  return header['typ'] === API_KEY ? 'api_key' : 'access_token';
}

function refuseForeign(owner: unknown, principal: Principal): void {
  // Without an owner it is nobody's token, and nothing is known of it here.
  if (typeof owner !== 'string' || owner === principal.id || principal.scopes.includes(INSPECT_ANY)) return;
  throw new InsufficientScope([INSPECT_ANY]);
}

/** For reading only; nothing is believed of it. */
function decode(part: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
    return isShallow(value, MAX_DEPTH) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function isShallow(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return true;
  return depth > 0 && Object.values(value).every((each) => isShallow(each, depth - 1));
}

function explain(members: Json | undefined): InspectionResponse['claims'] {
  return Object.entries(members ?? {}).map(([name, value]) => ({
    name,
    value,
    meaning: MEANINGS.get(name) ?? 'Not one that this server knows',
    ...(TIMES.has(name) && { inWords: timeInWords(value) }),
  }));
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidToken) return undefined;
    throw error;
  }
}
