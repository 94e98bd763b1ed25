import { Injectable } from '@nestjs/common';
import { InsufficientScope, InvalidToken } from '../access/access.errors.js';
import type { Principal } from '../access/principal.js';
import { LiveApiKeys } from '../api-keys/live-api-keys.service.js';
import { Settings } from '../config/settings.js';
import { SessionsService, type PeekedSession } from '../sessions/sessions.service.js';
import { AccessTokenRules } from '../tokens/access-token-rules.service.js';
import type { AccessTokenClaims } from '../tokens/access-tokens.service.js';
import { withoutPrefix } from '../tokens/api-key-tokens.service.js';
import { RouteVerdicts } from './route-verdicts.service.js';
import { explain, partsOf, type Json } from './token-reading.js';
import type { InspectionResponse, InspectToken } from './tokens.dto.js';
import { API_KEY, verificationOf, type Findings } from './verification-steps.js';

const INSPECT_ANY = 'tokens:introspect';

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
      return { ...ofRefreshToken(refresh), ...(route && { route: this.verdicts.of(route, undefined) }) };
    }
    const token = bare(sent);
    const [header, claims] = partsOf(token);
    refuseForeign(claims?.['sub'], principal);

    const found = await this.findOut(token, header ?? {}, claims ?? {});
    const verification = verificationOf(found, this.settings.PUBLIC_URL);
    const active = verification.every(({ passed }) => passed);
    return {
      kind: kindOf(header, claims),
      active,
      header: explain(header),
      claims: explain(claims),
      verification,
      revokedBy: found.revokedBy ?? null,
      sessionId: typeof claims?.['sid'] === 'string' ? claims['sid'] : null,
      ...(route && { route: this.verdicts.of(route, active ? found.principal : undefined) }),
    };
  }

  private async findOut(token: string, header: Json, claims: Json): Promise<Findings> {
    await this.rules.findKey(token);
    const key = this.rules.keyOf(token);
    const signed = this.signedClaims(token);
    const { hasEnded, ...actsAs } = await this.principalOf(token);
    const revokedBy = () => {
      const { kid } = header;
      // Nothing else can be checked once the key is gone.
      if (!key || signed === undefined)
        return typeof kid === 'string' ? this.rules.revocationOfKey(kid) : undefined;
      if (key.type !== API_KEY) return this.rules.revocationOfClaims(signed, key.kid);
      return hasEnded ? 'api-key' : undefined;
    };
    return {
      header,
      claims,
      kid: key?.kid,
      isSigned: signed !== undefined,
      revokedBy: revokedBy(),
      ...actsAs,
    };
  }

  /** What one of our keys has signed, whatever it is; `undefined` when none has. */
  private signedClaims(token: string): AccessTokenClaims | null | undefined {
    try {
      return this.rules.verifySignature(token, { ignoreExpiration: true, ignoreNotBefore: true });
    } catch (error) {
      if (error instanceof InvalidToken) return undefined;
      throw error;
    }
  }

  /** Whom a token acts as by now, or why it does not work; an API key that is right may have ended. */
  private async principalOf(token: string) {
    try {
      if (this.rules.keyOf(token)?.type !== API_KEY)
        return { principal: this.rules.verify(token).principal, reason: '', hasEnded: false };
      const principal = await this.liveApiKeys.principalOf(this.rules.verifyApiKey(token));
      return { principal, reason: '', hasEnded: !principal };
    } catch (error) {
      if (!(error instanceof InvalidToken)) throw error;
      return { principal: undefined, reason: reasonOf(error.cause), hasEnded: false };
    }
  }
}

function ofRefreshToken({ session, isLive, isEnded, isExpired }: PeekedSession): InspectionResponse {
  const problem = () => {
    if (isEnded) return 'its session has ended';
    return isExpired ? 'its session has expired' : 'it was rotated too long ago';
  };
  const detail = isLive ? 'its session is live and it is current' : problem();
  return {
    kind: 'refresh_token',
    active: isLive,
    header: [],
    claims: [],
    verification: [
      { check: 'mac', passed: true, detail: 'was issued here' },
      { check: 'session', passed: isLive, detail },
    ],
    revokedBy: isEnded ? 'session' : null,
    sessionId: session.id,
  };
}

/** An API key without its prefix, which stands in front of nothing else. */
function bare(sent: string): string {
  const token = withoutPrefix(sent);
  const [header] = partsOf(token);
  return header?.['typ'] === API_KEY ? token : sent;
}

/** In our own words, or those of our rules. */
function reasonOf(cause: unknown): string {
  if (typeof cause === 'string') return cause;
  return (cause as Error | undefined)?.name === 'NotBeforeError' ? 'it is not valid yet' : 'it is malformed';
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
