import { Problem } from '../../platform/http/problem.js';

/** A member of an application was to do what their role does not let them. */
export class NotYourApplication extends Problem {
  constructor(needed: string) {
    super(403, 'not_your_application', `This needs the role ${needed} in the application; ask its owner.`);
  }
}

/** An account has as many applications as it may. */
export class TooManyApplications extends Problem {
  constructor(max: number) {
    super(409, 'too_many_applications', `An account can have ${max} applications; delete one first.`);
  }
}

/** An application has as many members as it may. */
export class TooManyMembers extends Problem {
  constructor(max: number) {
    super(409, 'too_many_members', `An application can have ${max} members; remove one first.`);
  }
}

/** No account that may become a member: one answer for unknown, unproved and disabled, and for another userId. */
export class UnknownMember extends Problem {
  constructor() {
    super(
      400,
      'unknown_member',
      'No account with this address may become a member; its owner proves it first, and gives you their user id.',
      { errors: [{ field: 'email', message: 'no account with this address may become a member' }] },
    );
  }
}

/** The owner of an application has not proved their address, so it may be another person's. */
export class OwnerUnproved extends Problem {
  constructor() {
    super(409, 'owner_unproved', 'The owner of the application has to prove their e-mail address first.');
  }
}

/** The owner of an application was to become a member of it as well. */
export class OwnerIsNoMember extends Problem {
  constructor() {
    super(409, 'owner_is_no_member', 'This account owns the application, and may do everything already.');
  }
}
