import { Problem } from '../../platform/http/problem.js';

/** The token of a link shows who reads the mail, and here not whose the account is: another person may have made it. */
export class PasswordRequired extends Problem {
  constructor() {
    super(
      400,
      'password_required',
      'Send the password of the account or an access token along; if you do not know the password, reset it.',
      { errors: [{ field: 'password', message: 'password must be that of the account' }] },
    );
  }
}
