import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { LRUCache } from 'lru-cache';
import { InvalidToken, Unauthenticated } from '../../platform/access/access.errors.js';
import { ClientTokenGate, isBoundToKey } from '../../platform/access/client-gate.js';
import { CurrentRights } from '../../platform/access/current-rights.js';
import type { Principal } from '../../platform/access/principal.js';
import { AccessTokenRules } from '../../tokens/access-tokens/access-token-rules.service.js';
import type { KnownToken } from '../../tokens/access-tokens/token-kind.types.js';
import { TokenKinds } from '../../tokens/access-tokens/token-kinds.service.js';
import {
  SubscriptionTermsService,
  type SubscriptionTerms,
} from '../subscriptions/subscription-terms.service.js';
import { asRequest, type GatewayCall } from './gateway-call.js';

/** RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1). */
const BEARER = /^Bearer +([^\s]+) *$/i;
const MAX_BYTES = 32 * 1024 * 1024;
/** What an entry takes besides its header, roughly. */
const ENTRY_BYTES = 1_000;

/** A token whose signature was checked. */
interface Verified {
  known: KnownToken;
  audiences: string[];
  /** What its user's roles were when they were first asked for; a change of roles ends the token. */
  roles: Promise<readonly string[]> | undefined;
}

/** Who calls, and by which token that can be asked again later. */
export interface Caller {
  principal: Principal;
  /** What its key is of, for keys of subscriptions alone; usage is counted by its id. */
  subscription: SubscriptionTerms | undefined;
  /** Whether the token still stands; `undefined` where only its expiry is known. */
  stillStands: (() => Promise<boolean>) | undefined;
}

/** Whether a lookup counts as a use of the token. */
export type LookUp = 'use' | 'look';

/**
 * Who calls the gateway: by an access token or an API key that is for the API called, and for no other. A token seen
 * before is known from memory; whether it was revoked is looked up every time.
 */
@Injectable()
export class Callers {
  private readonly verified = new LRUCache<string, Verified>({
    maxSize: MAX_BYTES,
    sizeCalculation: (_entry, header) => header.length + ENTRY_BYTES,
  });

  constructor(
    private readonly rules: AccessTokenRules,
    private readonly kinds: TokenKinds,
    private readonly rights: CurrentRights,
    private readonly terms: SubscriptionTermsService,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** @throws Unauthenticated, InvalidToken, and what a kind of token refuses with */
  async of(call: GatewayCall, audience: string, lookUp: LookUp): Promise<Caller> {
    const { authorization } = call.headers;
    if (authorization === undefined) throw new Unauthenticated();
    if (isBoundToKey(asRequest(call))) return this.boundCaller(call, audience);
    const verified = this.remembered(authorization) ?? (await this.verify(authorization));
    if (!verified.audiences.includes(audience)) throw new InvalidToken('for another audience');
    const { known } = verified;
    const stillStands = async () => (await known.kind.principalOf(known as never)) !== undefined;
    const principal =
      lookUp === 'use' ? await admitted(known, call) : await known.kind.principalOf(known as never);
    if (!principal) throw new InvalidToken('not live');
    return { principal, subscription: await this.terms.of(principal), stillStands };
  }

  /**
   * The roles that a caller acts with. Tokens for other APIs carry none, so the account is asked once a token; who acts
   * for a user has none of theirs.
   */
  async rolesOf({ principal }: Caller, call: GatewayCall): Promise<readonly string[]> {
    if (principal.kind !== 'user' || principal.isDelegated) return [];
    const verified = this.verified.get(call.headers.authorization ?? '');
    if (!verified) return (await this.rights.rightsOf(principal.id))?.roles ?? [];
    verified.roles ??= this.rights.rightsOf(principal.id).then((found) => found?.roles ?? []);
    verified.roles.catch(() => (verified.roles = undefined));
    return verified.roles;
  }

  private remembered(authorization: string): Verified | undefined {
    const found = this.verified.get(authorization);
    return found && found.known.exp * 1000 > Date.now() ? found : undefined;
  }

  private async verify(authorization: string): Promise<Verified> {
    const [, sent] = BEARER.exec(authorization) ?? [];
    if (sent === undefined) {
      // RFC 6750 §3.1: another scheme is no token of ours, a malformed one is.
      throw /^Bearer\b/i.test(authorization) ? new InvalidToken('malformed') : new Unauthenticated();
    }
    const token = this.kinds.withoutPrefix(sent);
    await this.rules.findKey(token);
    const key = this.rules.keyOf(token);
    if (!key) throw new InvalidToken('header');
    if (token !== sent && !key.kind.prefix)
      throw new InvalidToken(`${key.kind.title} with the prefix of another kind`);
    const { claims, known } = this.rules.verify<{ aud?: unknown }, KnownToken>(
      token,
      key.kind,
      'any audience',
    );
    const audiences = [claims.aud].flat().filter((each) => typeof each === 'string');
    const verified = { known, audiences, roles: undefined };
    this.verified.set(authorization, verified);
    return verified;
  }

  /** RFC 9449 §7: the proof is for this request alone. */
  private async boundCaller(call: GatewayCall, audience: string): Promise<Caller> {
    let gate: ClientTokenGate;
    try {
      gate = this.moduleRef.get<ClientTokenGate>(ClientTokenGate as never, { strict: false });
    } catch {
      throw new InvalidToken('bound to a key, and nothing checks proofs');
    }
    const principal = await gate.authenticate(asRequest(call), audience);
    return { principal, subscription: undefined, stillStands: undefined };
  }
}

async function admitted(known: KnownToken, call: GatewayCall): Promise<Principal> {
  const request = asRequest(call);
  return known.kind.admit(known as never, request) ?? known.kind.lookUpAndAdmit(known as never, request);
}

/** RFC 6750 §2: one way to send a token, and once. */
export function repeatsAuthorization(rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let position = 0; position < rawHeaders.length; position += 2) {
    const name = rawHeaders[position]!;
    if (name.length === 13 && name.toLowerCase() === 'authorization') count++;
  }
  return count > 1;
}
