import { Injectable } from '@nestjs/common';
import { InsufficientScope, InvalidToken } from '../../platform/access/access.errors.js';
import type { Principal } from '../../platform/access/principal.js';
import { Settings } from '../../platform/config/settings.js';
import { AccessTokenRules } from '../access-tokens/access-token-rules.service.js';
import { TokenKinds } from '../access-tokens/token-kinds.service.js';
import { RevocationsService } from '../revocation/revocations.service.js';
import { NO_STANDING, TokenStanding } from './token-standing.service.js';
import { RouteVerdicts } from './route-verdicts.service.js';
import { explain, kindOf, partsOf, type Json } from './token-reading.js';
import type { InspectionResponse, InspectToken } from './tokens.dto.js';
import { verificationOf, type Findings } from './verification-steps.js';

const INSPECT_ANY = 'tokens:introspect';

/** Explains why a token does or does not work. */
@Injectable()
export class TokenInspectionService {
  constructor(
    private readonly settings: Settings,
    private readonly rules: AccessTokenRules,
    private readonly kinds: TokenKinds,
    private readonly revocations: RevocationsService,
    private readonly verdicts: RouteVerdicts,
    private readonly standing: TokenStanding,
  ) {}

  /** @throws InsufficientScope for a token of another user's, unless the caller may introspect any */
  async inspect({ token: sent, route }: InspectToken, principal: Principal): Promise<InspectionResponse> {
    const opaque = await this.inspectOpaque(sent, principal);
    if (opaque) return { ...opaque, ...(route && this.verdicts.of(route, () => undefined)) };
    const kind = kindOf(sent, this.kinds);
    // A prefix stands in front of its own kind, and of nothing else.
    const token = kind?.prefix ? this.kinds.withoutPrefix(sent) : sent;
    const [header, claims] = partsOf(token);
    refuseForeign(claims?.['sub'], principal);

    const found = await this.findOut(token, header ?? {}, claims ?? {});
    const verification = verificationOf(found, this.settings.PUBLIC_URL);
    const active = verification.every(({ passed }) => passed);
    return {
      kind: header && claims ? (kind?.name ?? 'access_token') : 'unknown',
      active,
      header: explain(header),
      claims: explain(claims),
      verification,
      revokedBy: found.revokedBy ?? null,
      sessionId: typeof claims?.['sid'] === 'string' ? claims['sid'] : null,
      ...(found.kid && found.isSigned
        ? await this.standing.ofSigned(found.kid, claims ?? {}, principal)
        : NO_STANDING),
      ...(route &&
        this.verdicts.of(route, (audience) =>
          audience === undefined ? (active ? found.principal : undefined) : found.principalAt?.(audience),
        )),
    };
  }

  /** Of a token that is no JWT; `undefined` when no kind knows it. */
  private async inspectOpaque(token: string, principal: Principal): Promise<InspectionResponse | undefined> {
    for (const kind of this.kinds.opaqueKinds) {
      const found = await kind.explain(token);
      if (!found) continue;
      const { ownerId, sessionId, isActive, revokedBy, verification } = found;
      refuseForeign(ownerId, principal);
      return {
        kind: kind.name,
        active: isActive,
        header: [],
        claims: [],
        verification,
        revokedBy,
        sessionId,
        ...NO_STANDING,
        session: await this.standing.sessionOf(sessionId, ownerId, principal),
      };
    }
    return undefined;
  }

  private async findOut(token: string, header: Json, claims: Json): Promise<Findings> {
    await this.rules.findKey(token);
    const key = this.rules.keyOf(token);
    const signed = this.signedClaims(token);
    const common = { header, claims, kind: key?.kind ?? kindOf(token, this.kinds), kid: key?.kid };
    if (key && signed !== undefined)
      return { ...common, isSigned: true, ...(await key.kind.explain(token, signed, key.kid)) };
    // Nothing else can be checked once the key is gone.
    const { kid } = header;
    const revokedBy = typeof kid === 'string' ? this.revocations.reasonOfKey(kid) : undefined;
    return { ...common, isSigned: false, principal: undefined, reason: '', revokedBy };
  }

  /** What one of our keys has signed; `undefined` when none has. */
  private signedClaims(token: string): object | null | undefined {
    try {
      return this.rules.verifySignature(token, { ignoreExpiration: true, ignoreNotBefore: true });
    } catch (error) {
      if (error instanceof InvalidToken) return undefined;
      throw error;
    }
  }
}

function refuseForeign(owner: unknown, principal: Principal): void {
  // Without an owner nothing is known of the token here.
  if (typeof owner !== 'string' || owner === principal.id || principal.scopes.includes(INSPECT_ANY)) return;
  throw new InsufficientScope([INSPECT_ANY]);
}
