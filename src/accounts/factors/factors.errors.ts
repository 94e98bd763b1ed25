import { NotFound } from '../../platform/http/http.errors.js';
import { Problem } from '../../platform/http/problem.js';

/** The ways in which a user can authenticate besides the password. */
export type Method = 'totp' | 'passkey' | 'recovery_code';

/** The password, or what stands for it, was right and is not enough: the account has a second factor. */
export class MfaRequired extends Problem {
  constructor(methods: readonly Method[], challenge?: { token: string; expiresIn: number }) {
    super(
      401,
      'mfa_required',
      challenge
        ? 'Send the challenge_token with a code to POST /v1/auth/mfa/challenge.'
        : 'This account has a second factor; send a code too.',
      {
        members: {
          ...(challenge && { challenge_token: challenge.token, expires_in: challenge.expiresIn }),
          methods,
        },
      },
    );
  }
}

/** The challenge of a login does not work; the same answer whether it was answered, expired, guessed at too often, or never was one. */
export class InvalidChallenge extends Problem {
  constructor() {
    super(
      401,
      'invalid_challenge',
      'The challenge was used, has expired, or had too many answers; log in anew.',
    );
  }
}

/** The code of a second factor does not work; the same answer whether it never was right, was used before, or there were too many wrong ones in a row. */
export class WrongCode extends Problem {
  constructor(status: 400 | 401 = 400) {
    super(status, 'wrong_code', 'The code is wrong, or was used before; send the next one.', {
      errors: [{ field: 'code', message: 'code is wrong, or was used before' }],
    });
  }
}

/** An authenticator application is set up while there is one. */
export class FactorExists extends Problem {
  constructor() {
    super(409, 'factor_exists', 'There is an authenticator application already; remove it first.');
  }
}

/** The passkey does not work; the same answer for every reason. */
export class InvalidPasskey extends Problem {
  /** @param cause what was wrong, for the log */
  constructor(cause?: unknown) {
    super(401, 'invalid_passkey', 'The passkey was not accepted; ask for new options and try again.', {
      cause,
    });
  }
}

export function noFactor(): NotFound {
  return new NotFound('There is no second factor.');
}

export function noPasskey(): NotFound {
  return new NotFound('There is no such passkey.');
}
