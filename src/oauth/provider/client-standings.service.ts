import { Injectable } from '@nestjs/common';
import { EmailVerificationService } from '../../accounts/users/email-verification.service.js';
import { UsersService, type Standing } from '../../accounts/users/users.service.js';
import { ClientSessionsService } from '../../tokens/sessions/client-sessions.service.js';
import type { KnownSession } from '../../tokens/sessions/session.entity.js';
import type { ReadAlong } from '../../tokens/sessions/session.types.js';
import { InvalidGrant } from './provider.errors.js';

/** What decides about a client's session: its user, and the sign-in that it came from. */
export interface ClientStanding extends Standing {
  parent: { isLive: boolean; lastUsedAt: number } | undefined;
}

/** Whether a client's session may go on: read along with its refresh, in one statement. */
@Injectable()
export class ClientStandingsService {
  readonly along: ReadAlong<ClientStanding>;

  constructor(
    users: UsersService,
    private readonly verification: EmailVerificationService,
    private readonly clientSessions: ClientSessionsService,
  ) {
    this.along = withParent(users.standing as ReadAlong<Standing>);
  }

  /** @throws InvalidGrant */
  refuseEnded(session: KnownSession, standing: ClientStanding): void {
    const refusal = this.refusalOf(session, standing);
    if (refusal !== undefined) throw new InvalidGrant(refusal);
  }

  /** Why a session that is live by itself may not go on; `undefined` when it may. */
  refusalOf({ offline, parentId }: KnownSession, standing: ClientStanding): string | undefined {
    if (standing.status !== 'active') return 'the account is not active';
    if (this.verification.isMissing(standing)) return 'the address is not proved';
    if (!offline && parentId !== null && !standing.parent?.isLive) return 'the sign-in has ended';
    return undefined;
  }

  /** The sign-in is in use as long as its clients are. */
  async noteUse({ parentId }: KnownSession, { parent }: ClientStanding): Promise<void> {
    if (parent && parentId !== null) await this.clientSessions.keepAwake(parentId, parent.lastUsedAt);
  }
}

function withParent({ columns, joins, order, of }: ReadAlong<Standing>): ReadAlong<ClientStanding> {
  return {
    columns: `${columns}, p.revoked_at AS parent_revoked_at, p.expires_at AS parent_expires_at,
      p.last_used_at AS parent_last_used_at`,
    joins: `${joins} LEFT JOIN sessions p ON p.id = s.parent_id`,
    order,
    of: (rows: never[]) => ({ ...of(rows), parent: parentIn(rows[0]!) }),
  };
}

function parentIn(row: Record<string, string | number | null>): ClientStanding['parent'] {
  const { parent_revoked_at, parent_expires_at, parent_last_used_at } = row;
  if (parent_expires_at === null || parent_expires_at === undefined) return undefined;
  const isLive = parent_revoked_at === null && Number(parent_expires_at) > Date.now();
  return { isLive, lastUsedAt: Number(parent_last_used_at) };
}
