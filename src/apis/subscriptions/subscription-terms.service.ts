import { Injectable } from '@nestjs/common';
import { InvalidToken } from '../../platform/access/access.errors.js';
import type { Quota } from '../../platform/access/limits.js';
import type { Principal } from '../../platform/access/principal.js';
import { Database } from '../../platform/database/database.service.js';
import type { PlanQuota } from '../plans/plan.entity.js';
import type { CallLimit } from '../versions/api-route.entity.js';

const SECONDS = { second: 1, minute: 60, hour: 3_600, day: 86_400 };
const READ = `SELECT s.application_id, s.resource_id, s.plan_id, p.name, p.quota, p.call_limit
  FROM subscriptions s JOIN plans p ON p.id = s.plan_id WHERE s.id = :id AND s.status = 'active'`;

/** What a subscription lets its keys do. */
export interface SubscriptionTerms {
  id: string;
  applicationId: string;
  resourceId: string;
  planId: string;
  /** The plan's name. */
  plan: string;
  quota: PlanQuota[];
  /** How fast it may call. */
  limit: Quota | undefined;
}

interface Row {
  application_id: string;
  resource_id: string;
  plan_id: string;
  name: string;
  quota: string;
  call_limit: string | null;
}

/**
 * The terms of the subscription that a key is of. They are read once for what a node remembers of the key, and what changes
 * them raises the version of the key: then it is remembered afresh, and they are read again.
 */
@Injectable()
export class SubscriptionTermsService {
  private readonly known = new WeakMap<Principal, Promise<SubscriptionTerms>>();

  constructor(private readonly database: Database) {}

  /** `undefined` for callers without a subscription. @throws InvalidToken when it is live no longer */
  async of(principal: Principal): Promise<SubscriptionTerms | undefined> {
    if (principal.subscriptionId === undefined) return undefined;
    let terms = this.known.get(principal);
    if (!terms) {
      this.known.set(principal, (terms = this.read(principal.subscriptionId)));
      terms.catch(() => this.known.delete(principal));
    }
    return terms;
  }

  private async read(id: string): Promise<SubscriptionTerms> {
    const [row] = await this.database.query<Row>(READ, { id });
    if (!row) throw new InvalidToken('the subscription is not active');
    const limit = row.call_limit === null ? undefined : (JSON.parse(row.call_limit) as CallLimit);
    return {
      id,
      applicationId: row.application_id,
      resourceId: row.resource_id,
      planId: row.plan_id,
      plan: row.name,
      quota: JSON.parse(row.quota) as PlanQuota[],
      limit: limit && { quota: limit.requests, seconds: SECONDS[limit.per] },
    };
  }
}
