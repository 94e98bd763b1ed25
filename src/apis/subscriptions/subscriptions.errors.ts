import { Problem } from '../../platform/http/problem.js';

/** A subscription was to become what it cannot become from what it is. */
export class InvalidSubscriptionTransition extends Problem {
  constructor(from: string, verb: string) {
    super(409, 'invalid_subscription_transition', `A subscription that is ${from} cannot be ${verb}.`);
  }
}

/** The publisher was to approve another plan than is requested by now. */
export class OtherPlanRequested extends Problem {
  constructor() {
    super(
      409,
      'other_plan_requested',
      'Another plan is requested by now; read the subscription and decide again.',
    );
  }
}

/** An application has one live subscription to an API. */
export class AlreadySubscribed extends Problem {
  constructor() {
    super(
      409,
      'already_subscribed',
      'This application has a subscription to this API; change its plan, or end it first.',
    );
  }
}

/** There is no plan with this id that the caller could choose. */
export class UnknownPlan extends Problem {
  constructor() {
    super(400, 'unknown_plan', 'There is no such plan that you can choose; list the plans of the API.', {
      errors: [{ field: 'planId', message: 'there is no such plan' }],
    });
  }
}

/** There is no application with this id. */
export class UnknownApplication extends Problem {
  constructor() {
    super(400, 'unknown_application', 'There is no such application; ask its owner for its id.', {
      errors: [{ field: 'applicationId', message: 'there is no such application' }],
    });
  }
}

/** The plan takes no more subscriptions, or its API has ended. */
export class PlanRetired extends Problem {
  constructor() {
    super(409, 'plan_retired', 'This plan takes no more subscriptions; choose another.');
  }
}

/** Keys are for active subscriptions. */
export class SubscriptionNotActive extends Problem {
  constructor() {
    super(409, 'subscription_not_active', 'Keys can be made while the subscription is active.');
  }
}

/** A key was to have scopes that its API does not declare. */
export class UnknownScopes extends Problem {
  constructor(scopes: readonly string[]) {
    super(400, 'unknown_scopes', `This API does not declare ${scopes.join(', ')}; read its scopes.`, {
      errors: scopes.map((scope) => ({ field: 'scopes', message: `there is no ${scope}` })),
    });
  }
}

/** An API that is this server itself, or stands in it: its keys are those of accounts. */
export class NoSubscriptionKeys extends Problem {
  constructor() {
    super(409, 'no_subscription_keys', 'This API is this server itself; its keys are made at /v1/api-keys.');
  }
}
