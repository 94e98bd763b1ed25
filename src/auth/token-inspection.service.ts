import { Injectable } from '@nestjs/common';
import { InsufficientScope, InvalidToken } from '../access/access.errors.js';
import type { Principal } from '../access/principal.js';
import { Settings } from '../config/settings.js';
import { LiveApiKeys } from '../api-keys/live-api-keys.service.js';
import { SessionsService, type PeekedSession } from '../sessions/sessions.service.js';
import { AccessTokenRules } from '../tokens/access-token-rules.service.js';
import type { AccessTokenClaims } from '../tokens/access-tokens.service.js';
import { withoutPrefix } from '../tokens/api-key-tokens.service.js';
import { MEANINGS, TIMES, timeInWords } from './claim-meanings.js';
import { RouteVerdicts } from './route-verdicts.service.js';
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
    private readonly liveApiKeys: LiveApiKeys,
    private readonly verdicts: RouteVerdicts,
  ) {}

  /** @throws InsufficientScope for a token of somebody else's, unless the caller may introspect any */
  async inspect({ token: sent, route }: InspectToken, principal: Principal): Promise<InspectionResponse> {
    const refresh = await this.sessions.peek(sent);
    if (refresh) {
      refuseForeign(refresh.session.userId, principal);
      return { ...this.ofRefreshToken(refresh), ...(route && { route: this.verdicts.of(route, undefined) }) };
    }
    const token = bare(sent);
    const [header, claims] = token.split('.', 2).map(decode);
    refuseForeign(claims?.['sub'], principal);

    await this.rules.findKey(token);
    const { actsAs, reason } = await this.principalOf(token);
    const verification = this.verification(
      token,
      (header ?? {}) as Json,
      (claims ?? {}) as Json,
      actsAs,
      reason,
    );
    const active = verification.every(({ passed }) => passed);
    return {
      kind: kindOf(header, claims),
      active,
      header: explain(header),
      claims: explain(claims),
      verification,
      revokedBy: this.revokedBy(token, actsAs) ?? null,
      sessionId: typeof claims?.['sid'] === 'string' ? claims['sid'] : null,
      ...(route && { route: this.verdicts.of(route, active ? actsAs : undefined) }),
    };
  }

  private verification(
    token: string,
    header: Json,
    claims: Json,
    actsAs: Principal | undefined,
    reason: string,
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
        `names our key ${String(header['kid'])} and the algorithm of that key`,
        () => (this.rules.keyOf(token) ? undefined : this.noKey(token)),
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
        () => {
          if (!Number.isFinite(claims['exp'])) return 'exp is missing or is no number';
          return Number(claims['exp']) > Math.floor(now)
            ? undefined
            : `it expired ${timeInWords(claims['exp'])}`;
        },
      ],
      [
        'revocation',
        'has not been revoked',
        () => {
          const what = this.revokedBy(token, actsAs);
          return what && `the ${what} was revoked or has changed`;
        },
      ],
      ['rules', 'passes everything a request would ask of it', () => (actsAs ? undefined : reason)],
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
    const key = this.rules.keyOf(token);
    if (!claims || !key) return this.keyRevoked(token);
    if (key.type === 'at+jwt') return this.rules.revocationOfClaims(claims, key.kid);
    return actsAs || claims.exp * 1000 <= Date.now() ? undefined : 'api-key';
  }

  /** The key that a token names; nothing else can be checked of it once the key is gone. */
  private keyRevoked(token: string): string | undefined {
    const kid = headerOf(token)?.['kid'];
    return typeof kid === 'string' ? this.rules.revocationOfKey(kid) : undefined;
  }

  private noKey(token: string): string {
    return this.keyRevoked(token)
      ? 'its key was deleted'
      : 'kid, alg or the spelling is not that of a key of ours';
  }

  private claimsOf(token: string): AccessTokenClaims | undefined {
    try {
      return this.rules.verifySignature(token, { ignoreExpiration: true, ignoreNotBefore: true });
    } catch (error) {
      if (error instanceof InvalidToken) return undefined;
      throw error;
    }
  }

  /** Whom a token acts as by now, or why it does not work. */
  private async principalOf(token: string): Promise<{ actsAs?: Principal | undefined; reason: string }> {
    try {
      if (this.rules.keyOf(token)?.type !== API_KEY)
        return { actsAs: this.rules.verify(token).principal, reason: '' };
      const actsAs = await this.liveApiKeys.principalOf(this.rules.verifyApiKey(token));
      return { actsAs, reason: 'it has ended' };
    } catch (error) {
      if (error instanceof InvalidToken) return { reason: reasonOf(error.cause) };
      throw error;
    }
  }

  private ofRefreshToken({ session, isLive, isEnded, isExpired }: PeekedSession): InspectionResponse {
    const detail = () => {
      if (isLive) return 'its session is live and it is current';
      if (isEnded) return 'its session has ended';
      return isExpired ? 'its session has expired' : 'it was rotated too long ago';
    };
    return {
      kind: 'refresh_token',
      active: isLive,
      header: [],
      claims: [],
      verification: [
        { check: 'mac', passed: true, detail: 'was issued here' },
        { check: 'session', passed: isLive, detail: detail() },
      ],
      revokedBy: isEnded ? 'session' : null,
      sessionId: session.id,
    };
  }
}

/** An API key without its prefix, which stands in front of nothing else. */
function bare(sent: string): string {
  const token = withoutPrefix(sent);
  return headerOf(token)?.['typ'] === API_KEY ? token : sent;
}

/** Of an error of the library that checks signatures and times, or of our own rules. */
function reasonOf(cause: unknown): string {
  const said = cause instanceof Error ? cause.message : String(cause);
  return said === 'jwt not active' ? 'it is not valid yet' : said;
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

function headerOf(token: string): Json | undefined {
  return decode(token.split('.', 1)[0]!);
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
