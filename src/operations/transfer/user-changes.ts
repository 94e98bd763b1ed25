import { type UserLine } from './user-line.dto.js';
import { withoutMark } from '../../accounts/users/passwords.service.js';
import { areSame } from '../../accounts/roles/roles.service.js';

import type { UserWithRoles } from '../../accounts/users/users.service.js';

/** What a record changes about a user, as the audit trail calls it. An address that was proved stays so. */
export function changesOf({ user, roles: from }: UserWithRoles, record: UserLine) {
  const { name, status, passwordHash, verified, roles: to } = record;
  const detail = { imported: true };
  return [
    to &&
      !areSame(from, to) && { action: 'user.roles_changed', detail: { ...detail, from, to: to.toSorted() } },
    isOther(status, user.status) && {
      action: status === 'active' ? 'user.enabled' : 'user.disabled',
      detail,
    },
    isOther(bare(passwordHash), bare(user.passwordHash)) && { action: 'user.password_imported', detail },
    verified && user.emailVerifiedAt === null && { action: 'user.email_verified', detail },
    isOther(name, user.name) && { action: 'user.renamed', detail },
  ].filter((each) => typeof each === 'object');
}

/** Whether a hash came from elsewhere makes it no other. */
function bare<T extends string | null | undefined>(passwordHash: T): T | string {
  return typeof passwordHash === 'string' ? withoutMark(passwordHash) : passwordHash;
}

function isOther<T>(next: T | undefined, now: T): boolean {
  return next !== undefined && next !== now;
}
