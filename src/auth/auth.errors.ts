import { Problem } from '../http/problem.js';

/** The same whatever was wrong: unknown address, wrong password, disabled account, unproved address. */
export class InvalidCredentials extends Problem {
  /** @param headers how often it may be tried again */
  constructor(headers: Record<string, string> = {}) {
    super(401, 'invalid_credentials', 'The e-mail address or the password is wrong.', { headers });
  }
}

/** RFC 6749 §5.2 */
export class InvalidScope extends Problem {
  constructor(scopes: string[]) {
    super(400, 'invalid_scope', `Your roles do not include ${scopes.join(' ')}.`, {
      errors: [{ field: 'scope', message: `scope must not include ${scopes.join(' ')}` }],
    });
  }
}

export class WrongPassword extends Problem {
  constructor(field = 'currentPassword') {
    super(400, 'wrong_password', 'The current password is wrong.', {
      errors: [{ field, message: `${field} is wrong` }],
    });
  }
}
