import type { Role } from '../../types.js';

/** What was ticked otherwise than it is saved: by role and scope, `true` for what is to be given. */
export type Draft = ReadonlyMap<string, boolean>;

/** What saving would do to a role. */
export interface Change {
  role: Role;
  added: string[];
  removed: string[];
}

const keyOf = (role: string, scope: string) => `${role} ${scope}`;

export function isGiven(draft: Draft, role: Role, scope: string): boolean {
  return draft.get(keyOf(role.name, scope)) ?? role.scopes.includes(scope);
}

/** The draft after a tick; one that is taken back leaves nothing. */
export function toggled(draft: Draft, role: Role, scope: string): Draft {
  const next = new Map(draft);
  const isWanted = !isGiven(draft, role, scope);
  if (isWanted === role.scopes.includes(scope)) next.delete(keyOf(role.name, scope));
  else next.set(keyOf(role.name, scope), isWanted);
  return next;
}

export function changesOf(draft: Draft, roles: readonly Role[]): Change[] {
  return roles
    .map((role) => {
      const mine = [...draft].filter(([key]) => key.startsWith(`${role.name} `));
      const those = (isWanted: boolean) =>
        mine.filter(([, given]) => given === isWanted).map(([key]) => key.split(' ')[1]!);
      return { role, added: those(true), removed: those(false) };
    })
    .filter(({ added, removed }) => added.length + removed.length > 0);
}

/** The scopes of a role once the change is saved. */
export const scopesAfter = ({ role, added, removed }: Change) =>
  [...role.scopes.filter((scope) => !removed.includes(scope)), ...added].toSorted();
