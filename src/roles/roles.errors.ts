import { Problem } from '../http/problem.js';

export class RoleExists extends Problem {
  constructor(name: string) {
    super(409, 'role_exists', `There is a role ${name} already.`);
  }
}

export class RoleInUse extends Problem {
  constructor(name: string) {
    super(409, 'role_in_use', `Users hold the role ${name}; take it from them first.`);
  }
}

/** `admin` and `user` can't be deleted, and `admin` has every scope. */
export class RoleProtected extends Problem {
  constructor(name: string) {
    super(409, 'role_protected', `The role ${name} is one that the server needs as it is.`);
  }
}

export class UnknownRole extends Problem {
  constructor(names: string[]) {
    super(400, 'unknown_role', `There is no role ${names.join(', ')}; GET /v1/roles lists them.`, {
      errors: names.map((name) => ({ field: 'roles', message: `${name} is no role` })),
    });
  }
}

export class UnknownScope extends Problem {
  constructor(names: string[]) {
    super(400, 'unknown_scope', `There is no scope ${names.join(', ')}; GET /v1/scopes lists them.`, {
      errors: names.map((name) => ({ field: 'scopes', message: `${name} is no scope` })),
    });
  }
}

/** Nobody can grant rights that they do not hold. */
export class PrivilegeEscalation extends Problem {
  constructor(scopes: string[]) {
    super(403, 'privilege_escalation', `You cannot grant what you do not hold: ${scopes.join(' ')}.`);
  }
}
