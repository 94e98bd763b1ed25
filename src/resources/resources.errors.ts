import { Problem } from '../http/problem.js';

export class IdentifierTaken extends Problem {
  constructor() {
    super(409, 'identifier_taken', 'There is a resource with this identifier already.');
  }
}

/** draft → published → deprecated → retired, and never back. */
export class InvalidTransition extends Problem {
  constructor(from: string, to: string) {
    super(
      409,
      'invalid_transition',
      `A ${from} resource cannot become ${to}; the status only moves forward.`,
    );
  }
}

export class NotYourResource extends Problem {
  constructor() {
    super(
      403,
      'not_your_resource',
      'This resource belongs to somebody else; changing it needs resources:admin.',
    );
  }
}
