import type { INestApplicationContext } from '@nestjs/common';
import { OPERATOR } from '../../platform/access/actor.js';
import { AccountChangesService } from '../../accounts/users/account-changes.service.js';
import { accountOf } from './account.js';
import type { Outcome } from './outcome.js';
import { refuseUnknownRoles } from './refuse-unknown-roles.js';

/** Gives a user exactly these roles; their access tokens end, a refresh gives new ones. */
export async function rolesAssign(
  app: INestApplicationContext,
  address: string,
  names: string[],
): Promise<Outcome> {
  const { user, roles: from } = await accountOf(app, address);
  await refuseUnknownRoles(app, names);
  const { roles } = await app.get(AccountChangesService).assignRoles(user.id, [...new Set(names)], OPERATOR);
  return {
    lines: [`${user.email} has the roles ${roles.join(', ')} (before: ${from.join(', ') || 'none'})`],
    data: { id: user.id, email: user.email, from, roles },
  };
}
