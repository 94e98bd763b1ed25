import { NotFound } from '../../platform/http/http.errors.js';
import { Problem } from '../../platform/http/problem.js';

/** An account was to get an address that another one has; sign-up with `REQUIRE_VERIFIED_EMAIL=on` does not say so. */
export class EmailTaken extends Problem {
  constructor() {
    super(409, 'email_taken', 'There is an account with this e-mail address; log in instead.');
  }
}

/** The last active admin was to be disabled, deleted or given other roles: one account must be able to administer the server. */
export class LastAdmin extends Problem {
  constructor() {
    super(409, 'last_admin', 'This is the last active admin; give the role to somebody else first.');
  }
}

/** Why a password was refused, for pages that say so in the language of their visitor. */
export type WeakPasswordReason = 'short' | 'long' | 'common' | 'personal' | 'breached';

/** A new password is too short, too long, too common, was breached, or is made of the person's own name or address. */
export class WeakPassword extends Problem {
  constructor(
    field: string,
    message: string,
    readonly reason: WeakPasswordReason,
  ) {
    super(400, 'weak_password', `The password ${message}; choose another.`, {
      errors: [{ field, message: `${field} ${message}` }],
    });
  }
}

/** More passwords wait to be hashed than `LOGIN_QUEUE` allows, or more of one source than it leaves to others. */
export class Overloaded extends Problem {
  constructor() {
    super(503, 'overloaded', 'Too many people sign in right now; try again.', {
      headers: { 'retry-after': '2' },
    });
  }
}

/** A hash that was made elsewhere, of a kind that no login could check, or one that would take too long. */
export class UnknownPasswordHash extends Problem {
  constructor() {
    super(
      400,
      'unknown_password_hash',
      'passwordHash must be a PHC string, or a spelling that docs/migrating.md names, of the usual cost, which can be checked.',
    );
  }
}

/** Changing a more powerful account is a way of taking it over. */
export class MorePowerful extends Problem {
  constructor() {
    super(
      403,
      'privilege_escalation',
      'This user may do what you may not; somebody who may do it too must change them.',
    );
  }
}

/** A user left without a password may be locked out; to lock one out on purpose, there is `status`. */
export class PasswordNeeded extends Problem {
  constructor() {
    super(
      409,
      'password_needed',
      'An import takes nobody’s password away; leave passwordHash out, or set status to disabled.',
    );
  }
}

/** Service accounts have API keys and no password; they are made and changed one by one. */
export class NotAPerson extends Problem {
  constructor() {
    super(409, 'not_a_person', 'This is the address of a service account; an import changes people alone.');
  }
}

export function noSuchUser(): NotFound {
  return new NotFound('There is no such user.');
}
