import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { CurrentRights } from '../../platform/access/current-rights.js';
import type { Principal } from '../../platform/access/principal.js';
import { SigningKeysService } from '../keys/signing-keys.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { Json } from './token-reading.js';
import type { InspectionResponse } from './tokens.dto.js';

/** What the server knows of a token in addition to its claims. */
export type Standing = Pick<InspectionResponse, 'key' | 'session' | 'scopes'>;

/** Nothing is known of what none of our keys has signed. */
export const NO_STANDING: Standing = { key: null, session: null, scopes: null };

/** Finds the key, the session and the present rights that belong to a token of ours. */
@Injectable()
export class TokenStanding {
  constructor(
    private readonly keys: SigningKeysService,
    private readonly sessions: SessionsService,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** @param claims of a token that the key `kid` has signed: they are believed */
  async ofSigned(kid: string, claims: Json, caller: Principal): Promise<Standing> {
    const { sub, sid, scope } = claims;
    const owner = typeof sub === 'string' ? sub : '';
    return {
      key: this.keyOf(kid),
      session: typeof sid === 'string' ? await this.sessionOf(sid, owner, caller) : null,
      scopes: typeof scope === 'string' ? await this.scopesOf(owner, scope) : null,
    };
  }

  async sessionOf(id: string, owner: string, caller: Principal): Promise<InspectionResponse['session']> {
    const session = await this.sessions.ofUser(id, owner);
    if (!session) return null;
    const { device, ip, createdAt, lastUsedAt, expiresAt, revokedAt: endedAt } = session;
    return { id, device, ip, createdAt, lastUsedAt, expiresAt, endedAt, current: id === caller.sessionId };
  }

  private keyOf(kid: string): InspectionResponse['key'] {
    const key = this.keys.list().find((each) => each.kid === kid);
    return key ? { kid, alg: key.alg, stage: key.stage } : null;
  }

  private async scopesOf(owner: string, scope: string): Promise<InspectionResponse['scopes']> {
    const then = scope.split(' ').filter(Boolean);
    // Provided to the right of this room, by who knows accounts.
    const rights = await this.moduleRef.get(CurrentRights, { strict: false }).rightsOf(owner);
    const now = rights?.isActive ? rights.scopes : [];
    return {
      token: then,
      now: now.toSorted(),
      lost: then.filter((each) => !now.includes(each)),
      gained: now.filter((each) => !then.includes(each)).toSorted(),
    };
  }
}
