import { Injectable } from '@nestjs/common';
import { createHash, verify } from 'node:crypto';
import type { User } from '../../accounts/users/user.entity.js';
import { acrOf } from '../../platform/access/authentication-context.js';
import { Settings } from '../../platform/config/settings.js';
import { ClientJwtsService } from '../../tokens/access-tokens/client-jwts.service.js';
import { SigningKeysService } from '../../tokens/keys/signing-keys.service.js';
import type { KnownSession } from '../../tokens/sessions/session.entity.js';
import type { OAuthClient } from '../clients/oauth-client.entity.js';
import { IdTokenClaimsService } from './id-token-claims.service.js';

/** What an ID token is made of. */
export interface IdTokenSubject {
  client: OAuthClient;
  session: KnownSession;
  user: User;
  scopes: readonly string[];
  nonce: string | null;
  accessToken: string;
}

/** What was read of an ID token that came back as a hint. */
export interface IdTokenHint {
  sub: string;
  aud: string;
  sid: string | null;
  /** Whether one of our keys has signed it; keys are forgotten long before some hints come back. */
  isVerified: boolean;
}

/** ID tokens (OIDC Core §2): what a client learns of who has signed in. */
@Injectable()
export class IdTokensService {
  constructor(
    private readonly settings: Settings,
    private readonly keys: SigningKeysService,
    private readonly jwts: ClientJwtsService,
    private readonly claims: IdTokenClaimsService,
  ) {}

  async issue({ client, session, user, scopes, nonce, accessToken }: IdTokenSubject): Promise<string> {
    const claims = {
      ...(await this.claims.of({ user, clientId: client.clientId, scopes })),
      iss: this.settings.PUBLIC_URL,
      sub: user.id,
      aud: client.clientId,
      auth_time: Math.floor(session.authenticatedAt.getTime() / 1000),
      acr: acrOf(session.amr),
      amr: session.amr,
      sid: session.id,
      at_hash: halfHash(accessToken),
      ...(nonce !== null && { nonce }),
    };
    return this.jwts.sign('JWT', claims, Math.floor(this.settings.ID_TOKEN_TTL / 1000), client.idTokenAlg);
  }

  /**
   * Reads an ID token that a client sends back, though it has expired (OIDC RP-Initiated Logout §2). `undefined` for what
   * is none of ours.
   */
  async readHint(hint: string): Promise<IdTokenHint | undefined> {
    const parts = partsOf(hint);
    if (!parts) return undefined;
    const { header, claims } = parts;
    const { iss, sub, aud, sid } = claims;
    if (header['typ'] !== 'JWT' || iss !== this.settings.PUBLIC_URL) return undefined;
    if (typeof sub !== 'string' || typeof aud !== 'string') return undefined;
    const isKnown = typeof header['kid'] === 'string' && this.keys.find(header['kid']) !== undefined;
    if (isKnown && !this.isSigned(hint, header)) return undefined;
    return { sub, aud, sid: typeof sid === 'string' ? sid : null, isVerified: isKnown };
  }

  private isSigned(token: string, { kid, alg }: Record<string, unknown>): boolean {
    const key = this.keys.find(kid as string)!;
    // RFC 8725 §3.1: the algorithm is the key's own; the header may only agree.
    if (key.alg !== alg) return false;
    const end = token.lastIndexOf('.');
    const signature = Buffer.from(token.slice(end + 1), 'base64url');
    const options = { key: key.publicKey, dsaEncoding: 'ieee-p1363' as const };
    return verify(`sha${key.alg.slice(2)}`, Buffer.from(token.slice(0, end)), options, signature);
  }
}

/** OIDC Core §3.1.3.6: the left half of the hash; both algorithms of ours hash by SHA-256. */
function halfHash(token: string): string {
  return createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');
}

function partsOf(
  token: string,
): { header: Record<string, unknown>; claims: Record<string, unknown> } | undefined {
  const [header, claims, signature, ...more] = token.split('.');
  if (!header || !claims || !signature || more.length > 0) return undefined;
  try {
    const [one, other] = [header, claims].map(
      (part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown,
    );
    const areObjects = [one, other].every((part) => typeof part === 'object' && part !== null);
    return areObjects
      ? { header: one as Record<string, unknown>, claims: other as Record<string, unknown> }
      : undefined;
  } catch {
    return undefined;
  }
}
