import { Problem } from '../../platform/http/problem.js';

/** Two resources cannot have one `identifier`. */
export class IdentifierTaken extends Problem {
  constructor() {
    super(409, 'identifier_taken', 'There is a resource with this identifier already; choose another.');
  }
}

/** A resource's `status` was to go back: draft → published → deprecated → retired, and never back. */
export class InvalidTransition extends Problem {
  constructor(from: string, to: string) {
    super(
      409,
      'invalid_transition',
      `A ${from} resource cannot become ${to}; the status only moves forward.`,
    );
  }
}

/** A resource of another owner that the caller can see, and tried to change. */
export class NotYourResource extends Problem {
  constructor() {
    super(
      403,
      'not_your_resource',
      'This resource belongs to somebody else; changing it needs resources:admin.',
    );
  }
}

/** A new resource was to belong to another account than its maker's. */
export class ForeignOwner extends Problem {
  constructor() {
    super(403, 'foreign_owner', 'Making a resource for somebody else needs resources:admin.');
  }
}

/** A resource was to belong to an account that does not exist. */
export class UnknownOwner extends Problem {
  constructor() {
    super(
      400,
      'unknown_owner',
      'There is no account with the e-mail address of the owner; import users first.',
    );
  }
}
