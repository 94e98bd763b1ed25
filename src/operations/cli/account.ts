import type { INestApplicationContext } from '@nestjs/common';
import { normaliseEmail } from '../../platform/http/fields.js';
import { UsersService, type UserWithRoles } from '../../accounts/users/users.service.js';
import { NotDone } from './cli.errors.js';

/** The account with an address, however it was typed. @throws NotDone */
export async function accountOf(app: INestApplicationContext, address: string): Promise<UserWithRoles> {
  const email = normaliseEmail(address);
  const found = await app.get(UsersService).findByEmail(email);
  if (!found) throw new NotDone(`there is no account with the address ${email}`);
  return found;
}
