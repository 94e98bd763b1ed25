import { Problem } from '../../platform/http/problem.js';

/** Two versions of one API cannot have one label. */
export class VersionLabelTaken extends Problem {
  constructor() {
    super(409, 'version_label_taken', 'This API has a version with this label already; choose another.');
  }
}

/** A version was to go back: draft → published → deprecated → retired, and never back. */
export class InvalidVersionTransition extends Problem {
  constructor(from: string, to: string) {
    super(409, 'invalid_version_transition', `A ${from} version cannot become ${to}; it only moves forward.`);
  }
}

/** A version or upstream that another one was to point to, and that does not exist. */
export class UnknownReference extends Problem {
  constructor(field: string, what: string) {
    super(400, 'unknown_reference', `${field} names no ${what}; look for its id.`, {
      errors: [{ field, message: `there is no such ${what}` }],
    });
  }
}

/** A version, or its API, was changed by others as often as an import of its document was tried. */
export class VersionIsChanging extends Problem {
  constructor(cause: unknown) {
    super(409, 'version_is_changing', 'Others change this version or its API right now; try again.', {
      cause,
    });
  }
}

/** A version of an API that callers use is retired first, and not deleted. */
export class VersionInUse extends Problem {
  constructor() {
    super(409, 'version_in_use', 'Callers may use this version; retire it before you delete it.');
  }
}

/** A route whose method and path another route of the version has. */
export class DuplicateRoute extends Problem {
  constructor(method: string, path: string) {
    super(409, 'duplicate_route', `${method} ${path} is a route of this version already; change that one.`);
  }
}

/** Operations of a document need scopes that their API does not declare. */
export class ScopesMissing extends Problem {
  constructor(scopes: readonly string[]) {
    super(
      409,
      'scopes_missing',
      'The API does not declare scopes that the document needs; declare them, or send declareScopes.',
      { errors: scopes.map((scope) => ({ field: 'scopes', message: `${scope} is not declared` })) },
    );
  }
}
