import { Problem } from '../../platform/http/problem.js';

/** A login failed; the same answer for every reason: unknown address, wrong password, disabled account, unproved address. */
export class InvalidCredentials extends Problem {
  /** @param headers how often it may be tried again */
  constructor(headers: Record<string, string> = {}) {
    super(
      401,
      'invalid_credentials',
      'The e-mail address or the password is wrong; try again, or reset the password.',
      { headers },
    );
  }
}

/** A login asks for a scope that its roles do not have (RFC 6749 §5.2). */
export class InvalidScope extends Problem {
  constructor(scopes: string[]) {
    super(
      400,
      'invalid_scope',
      `Your roles do not include ${scopes.join(' ')}; ask for less, or leave scope out.`,
      {
        errors: [{ field: 'scope', message: `scope must not include ${scopes.join(' ')}` }],
      },
    );
  }
}

/** What asks for the current password got another one. */
export class WrongPassword extends Problem {
  constructor(field = 'currentPassword') {
    super(400, 'wrong_password', 'The current password is wrong; try again.', {
      errors: [{ field, message: `${field} is wrong` }],
    });
  }
}

/** Cookies were asked for by a page of another site, whose browser would keep none of them. */
export class CookiesAcrossSites extends Problem {
  constructor() {
    super(
      403,
      'cookies_across_sites',
      'Browsers keep no cookies for a page of another site; leave session out, and keep the tokens of the body.',
    );
  }
}
