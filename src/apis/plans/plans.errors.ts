import { Problem } from '../../platform/http/problem.js';

/** Two plans of one API cannot have one name. */
export class PlanNameTaken extends Problem {
  constructor() {
    super(409, 'plan_name_taken', 'This API has a plan with this name already; choose another.');
  }
}

/** A plan that was ever subscribed to is retired, and not deleted. */
export class PlanInUse extends Problem {
  constructor() {
    super(409, 'plan_in_use', 'There are or were subscriptions to this plan; retire it instead.');
  }
}

/** An API has as many plans as it may. */
export class TooManyPlans extends Problem {
  constructor(max: number) {
    super(409, 'too_many_plans', `An API can have ${max} plans; change or delete one.`);
  }
}
