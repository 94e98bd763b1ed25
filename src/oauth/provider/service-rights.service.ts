import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { UsersService, type UserWithRights } from '../../accounts/users/users.service.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';

const MAX_ENTRIES = 2_000;

interface Remembered {
  found: UserWithRights;
  /** By the monotonic clock. */
  readAt: number;
}

/**
 * What service accounts may do, from memory. It is held against the live revocations, as the access tokens are that are
 * made of it: a change of the account or of its rights kills both, and they are read again.
 */
@Injectable()
export class ServiceRightsService {
  private readonly remembered = new LRUCache<string, Remembered>({ max: MAX_ENTRIES });

  constructor(
    private readonly users: UsersService,
    private readonly revocations: RevocationsService,
  ) {}

  /** An account that is active, with its rights; `undefined` for any other. */
  async find(id: string): Promise<UserWithRights | undefined> {
    const known = this.remembered.get(id);
    if (known && this.isUpToDate(known)) return known.found;
    const readAt = performance.now();
    const found = await this.users.findById(id);
    if (found?.user.status !== 'active') {
      this.remembered.delete(id);
      return undefined;
    }
    this.remembered.set(id, { found, readAt });
    return found;
  }

  private isUpToDate({ found: { user, roles, version }, readAt }: Remembered): boolean {
    // What other nodes have changed may be unknown here.
    if (this.revocations.isStale) return false;
    // A revocation is kept for no longer than that.
    if (performance.now() - readAt > this.revocations.memoryMs) return false;
    return this.revocations.reason({ sub: user.id, sid: '', ver: version, roles, kid: '' }) === undefined;
  }
}
