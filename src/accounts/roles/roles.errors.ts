import { Problem } from '../../platform/http/problem.js';

/** Two roles cannot have one name. */
export class RoleExists extends Problem {
  constructor(name: string) {
    super(409, 'role_exists', `There is a role ${name} already; change that one, or choose another name.`);
  }
}

/** A role was to be deleted that accounts hold. */
export class RoleInUse extends Problem {
  constructor(name: string) {
    super(409, 'role_in_use', `Users hold the role ${name}; take it from them first.`);
  }
}

/** `admin` and `user` can't be deleted, and the scopes of `admin` can't be changed. */
export class RoleProtected extends Problem {
  constructor(name: string) {
    super(409, 'role_protected', `The role ${name} is one that the server needs as it is; make another.`);
  }
}

/** A user was to be given a role that does not exist. */
export class UnknownRole extends Problem {
  constructor(names: string[]) {
    super(400, 'unknown_role', `There is no role ${names.join(', ')}; GET /v1/roles lists them.`, {
      errors: names.map((name) => ({ field: 'roles', message: `${name} is no role` })),
    });
  }
}

/** A role or an API key was to be given a scope that no route declares. */
export class UnknownScope extends Problem {
  constructor(names: string[]) {
    super(400, 'unknown_scope', `There is no scope ${names.join(', ')}; GET /v1/scopes lists them.`, {
      errors: names.map((name) => ({ field: 'scopes', message: `${name} is no scope` })),
    });
  }
}

/** A role or a scope was to be granted by a caller who does not hold every scope in it. */
export class PrivilegeEscalation extends Problem {
  constructor(scopes: string[]) {
    super(
      403,
      'privilege_escalation',
      `You cannot grant what you do not hold: ${scopes.join(' ')}; ask somebody who does.`,
    );
  }
}
