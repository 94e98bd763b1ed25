import { Injectable } from '@nestjs/common';
import type { OpaqueKind, SignedKind } from './token-kind.types.js';

/**
 * The kinds of token that there are. Each room adds its row in the constructor of the service that has it, for commands
 * initialise no modules; those of a feature that is off are not there, and their tokens are refused.
 */
@Injectable()
export class TokenKinds {
  private readonly signed = new Map<string, SignedKind[]>();
  private readonly opaque: OpaqueKind[] = [];

  addSigned(kind: SignedKind): void {
    this.signed.set(kind.typ, [...(this.signed.get(kind.typ) ?? []), kind]);
  }

  addOpaque(kind: OpaqueKind): void {
    this.opaque.push(kind);
  }

  /** Of a compact JWS with this `typ`, by its claims where several kinds have that. `undefined` when there is none. */
  ofType(typ: unknown, token: string): SignedKind | undefined {
    const kinds = typeof typ === 'string' ? this.signed.get(typ) : undefined;
    if (!kinds || (kinds.length === 1 && !kinds[0]!.owns)) return kinds?.[0];
    const claims = claimsOf(token);
    return kinds.find(({ owns }) => owns?.(claims)) ?? kinds.find(({ owns }) => !owns);
  }

  /** Those whose tokens are no JWTs. */
  get opaqueKinds(): readonly OpaqueKind[] {
    return this.opaque;
  }

  /** The token itself, where the prefix of a kind stands in front of it. */
  withoutPrefix(token: string): string {
    for (const kinds of this.signed.values())
      for (const { prefix } of kinds)
        if (prefix && token.startsWith(prefix)) return token.slice(prefix.length);
    return token;
  }
}

/** Not yet believed: the signature is checked by the same bytes. */
function claimsOf(token: string): Record<string, unknown> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.', 2)[1] ?? '', 'base64url').toString());
    return claims !== null && typeof claims === 'object' ? (claims as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
