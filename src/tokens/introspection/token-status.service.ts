import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import type { TokenHolder } from '../access-tokens/token-kind.types.js';
import { TokenKinds } from '../access-tokens/token-kinds.service.js';
import { kindOf } from './token-reading.js';
import type { IntrospectionResponse } from './tokens.dto.js';

const REVOKE_ANY = 'tokens:revoke';

/** Introspection (RFC 7662) and revocation (RFC 7009) of tokens of every kind. */
@Injectable()
export class TokenStatusService {
  constructor(private readonly kinds: TokenKinds) {}

  /** RFC 7662 §2.2: of a token that is not live, nothing is said but that. */
  async introspect(token: string): Promise<IntrospectionResponse> {
    for (const kind of this.kindsOf(token)) {
      const live = await kind.introspect(token);
      if (live) return live;
    }
    return { active: false };
  }

  /**
   * Ends the session that a token belongs to, or what else it stands for, when it is the caller's own or the caller may
   * revoke any. Otherwise, and for what is no token of ours, nothing happens and nothing is said (RFC 7009 §2.2).
   */
  async revoke(token: string, actor: Actor): Promise<void> {
    const { principal } = actor;
    const may = ({ ownerId }: TokenHolder) =>
      principal !== null && (ownerId === principal.id || principal.scopes.includes(REVOKE_ANY));
    await this.revokeIf(token, actor, may);
  }

  /** The same, where `may` says of whom. */
  async revokeIf(token: string, actor: Actor, may: (holder: TokenHolder) => boolean): Promise<void> {
    for (const kind of this.kindsOf(token)) await kind.revoke(token, actor, may);
  }

  /** The one that the header names, or else those that have no header. */
  private kindsOf(token: string) {
    const kind = kindOf(token, this.kinds);
    return kind ? [kind] : this.kinds.opaqueKinds;
  }
}
