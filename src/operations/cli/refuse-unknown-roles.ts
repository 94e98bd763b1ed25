import type { INestApplicationContext } from '@nestjs/common';
import { RolesService } from '../../accounts/roles/roles.service.js';
import { NotDone } from './cli.errors.js';

/** As many as can be read at a glance. */
const SHOWN = 50;

/** Lists the roles when one is named that does not exist. @throws NotDone */
export async function refuseUnknownRoles(app: INestApplicationContext, names: string[]): Promise<void> {
  const roles = app.get(RolesService);
  const known = (await roles.named(names)).map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const there = (await roles.list({ limit: SHOWN }, '')).map(({ name }) => name);
  const more = there.length > SHOWN ? ' and others' : '';
  throw new NotDone(
    `there is no role ${unknown.join(', ')}; there are ${there.slice(0, SHOWN).join(', ')}${more}`,
  );
}
