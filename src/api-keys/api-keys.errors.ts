import { Problem } from '../http/problem.js';

/** The key may not be used from where the request comes. */
export class AddressNotAllowed extends Problem {
  constructor() {
    super(403, 'address_not_allowed', 'This API key may not be used from your address.');
  }
}

/** RFC 6585 §4. `headers` say what the limit is. */
export class ApiKeyLimitReached extends Problem {
  constructor(resetsIn: number, headers: Record<string, string>) {
    super(429, 'too_many_requests', `This API key has reached its limit; try again in ${resetsIn} seconds.`, {
      headers: { ...headers, 'retry-after': String(resetsIn) },
    });
  }
}

export class TooManyApiKeys extends Problem {
  constructor(max: number) {
    super(409, 'too_many_api_keys', `There can be ${max} live API keys; revoke one first.`);
  }
}

export class AlreadyRotated extends Problem {
  constructor() {
    super(409, 'already_rotated', 'This API key was rotated or has expired; use its successor.');
  }
}

/** People make their own keys: nobody acts as somebody else. */
export class NotAService extends Problem {
  constructor() {
    super(409, 'not_a_service', 'Keys are made for service accounts; people make their own.');
  }
}
