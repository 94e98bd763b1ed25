import { Problem } from '../http/problem.js';

export class EmailTaken extends Problem {
  constructor() {
    super(409, 'email_taken', 'There is an account with this e-mail address; log in instead.');
  }
}

/** Somebody must be able to administer the server. */
export class LastAdmin extends Problem {
  constructor() {
    super(409, 'last_admin', 'This is the last active admin; give the role to somebody else first.');
  }
}

export class WeakPassword extends Problem {
  constructor(field: string, message: string) {
    super(400, 'weak_password', `The password ${message}.`, {
      errors: [{ field, message: `${field} ${message}` }],
    });
  }
}

/** More passwords wait to be hashed than `LOGIN_QUEUE` allows. */
export class Overloaded extends Problem {
  constructor() {
    super(503, 'overloaded', 'Too many people sign in right now; try again.', {
      headers: { 'retry-after': '2' },
    });
  }
}
