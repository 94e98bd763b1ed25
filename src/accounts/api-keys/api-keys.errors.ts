import { Problem } from '../../platform/http/problem.js';

/** The API key may not be used from where the request comes. */
export class AddressNotAllowed extends Problem {
  constructor() {
    super(
      403,
      'address_not_allowed',
      'This API key may not be used from your address; its owner can change allowedIps.',
    );
  }
}

/** The `rateLimit` of the API key is used up (RFC 6585 §4). */
export class ApiKeyLimitReached extends Problem {
  /** @param headers what the limit is */
  constructor(resetsIn: number, headers: Record<string, string>) {
    super(429, 'too_many_requests', `This API key has reached its limit; try again in ${resetsIn} seconds.`, {
      headers: { ...headers, 'retry-after': String(resetsIn) },
    });
  }
}

/** The owner has `MAX_API_KEYS` live ones. */
export class TooManyApiKeys extends Problem {
  constructor(max: number) {
    super(409, 'too_many_api_keys', `There can be ${max} live API keys; revoke one first.`);
  }
}

/** An API key was to be rotated again, or after its end. */
export class AlreadyRotated extends Problem {
  constructor() {
    super(409, 'already_rotated', 'This API key was rotated or has expired; use its successor.');
  }
}

/** An API key was to be made for a person by another: no user acts as another. */
export class NotAService extends Problem {
  constructor() {
    super(409, 'not_a_service', 'Keys are made for service accounts; people make their own.');
  }
}

/** With so many scopes, or such long ones, a key would be longer than any token may be that is sent here. */
export class ApiKeyTooLong extends Problem {
  constructor() {
    super(400, 'api_key_too_long', 'The scopes make the key too long to be sent; give it fewer.');
  }
}

/** A key of a subscription was to be rotated as one of its owner's own. */
export class KeyOfSubscription extends Problem {
  constructor() {
    super(409, 'key_of_subscription', 'This key is of a subscription; rotate it there.');
  }
}

/** A subscription has as many live keys as its plan lets it. */
export class TooManySubscriptionKeys extends Problem {
  constructor(max: number) {
    super(
      409,
      'too_many_subscription_keys',
      `This plan lets a subscription have ${max} keys; revoke one first.`,
    );
  }
}
