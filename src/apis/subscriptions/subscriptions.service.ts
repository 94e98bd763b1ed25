import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { SubscriptionKeysService } from '../../accounts/api-keys/subscription-keys.service.js';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { CleanUps, PIECE } from '../../platform/database/clean-ups.service.js';
import { isForeignKeyViolation, isUniqueViolation } from '../../platform/database/database.errors.js';
import { Database, outdated, type Statement } from '../../platform/database/database.service.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { ApplicationsService } from '../applications/applications.service.js';
import type { Plan } from '../plans/plan.entity.js';
import { PlansService } from '../plans/plans.service.js';
import { ResourcesService } from '../resources/resources.service.js';
import { Subscription, type SubscriptionStatus } from './subscription.entity.js';
import type { GiveSubscription, Subscribe, SubscriptionsQuery } from './subscriptions.dto.js';
import { AlreadySubscribed, PlanRetired, UnknownApplication, UnknownPlan } from './subscriptions.errors.js';

const KEPT_MS = 365 * 86_400_000;
const CLEAN_UP_EVERY_MS = 3_600_000;
const CLEAN_UP = `DELETE FROM subscriptions WHERE id IN (
  SELECT id FROM subscriptions WHERE ends_at < :before LIMIT ${PIECE})`;

/** Which subscriptions: all of an application or a plan, or to an API. */
type Group = 'application_id' | 'plan_id' | 'resource_id';
const keysOf = (column: Group, id: string) => ({
  sql: `IN (SELECT id FROM subscriptions WHERE ${column} = :of)`,
  params: { of: id },
});
/** Makes what was decided on them outdated: a key that is being made waits, and is then not made. */
const outdating = (column: Group, id: string): Statement => ({
  sql: `UPDATE subscriptions SET version = version + 1 WHERE ${column} = :of`,
  params: { of: id },
});

/** Subscriptions of applications to APIs: made by a member, or by the publisher, and read by both. */
@Injectable()
export class SubscriptionsService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
    private readonly cleanUps: CleanUps,
    private readonly applications: ApplicationsService,
    private readonly plans: PlansService,
    private readonly resources: ResourcesService,
    keys: SubscriptionKeysService,
    @InjectRepository(Subscription) private readonly subscriptions: Repository<Subscription>,
  ) {
    const ending = (column: Group, id: string) => [outdating(column, id), ...keys.ending(keysOf(column, id))];
    applications.onRemoval((id) => ending('application_id', id));
    // Keys that name the identifier must not open the API that has it next.
    resources.onParting((id) => ending('resource_id', id));
    plans.onChange((id) => keys.refreshing(keysOf('plan_id', id)));
  }

  onModuleInit(): void {
    this.cleanUps.every(CLEAN_UP_EVERY_MS, 'subscriptions', (now) => ({
      sql: CLEAN_UP,
      params: { before: now - KEPT_MS },
    }));
  }

  /** One more than `query.limit` subscriptions of an application, oldest first. @throws NotFound */
  async ofApplication(applicationId: string, actor: Actor, query: SubscriptionsQuery, after: string) {
    await this.applications.asRank(applicationId, 'viewer', actor);
    return this.page({ applicationId }, query, after);
  }

  /** The same of an API, for its publisher. @throws NotFound, NotYourResource */
  async ofResource(resourceId: string, actor: Actor, query: SubscriptionsQuery, after: string) {
    await this.resources.own(resourceId, actor);
    return this.page({ resourceId }, query, after);
  }

  /** @throws NotFound */
  async find(id: string): Promise<Subscription> {
    const found = await this.subscriptions.findOneBy({ id });
    if (!found) throw noSuchSubscription();
    return found;
  }

  /** By a member of the application: active at once, unless its plan asks for approval. @throws UnknownPlan, PlanRetired, AlreadySubscribed */
  async subscribe(applicationId: string, { planId, reason }: Subscribe, actor: Actor): Promise<Subscription> {
    await this.applications.asRank(applicationId, 'developer', actor);
    const plan = await this.choice(planId, actor);
    const status = plan.approval === 'auto' ? 'active' : 'requested';
    return this.make(applicationId, plan, { status, reason: reason ?? null, decidedById: null }, actor);
  }

  /** By the publisher: any application, any plan, active at once. @throws UnknownApplication, and as {@link subscribe} */
  async give(
    resourceId: string,
    { applicationId, planId }: GiveSubscription,
    actor: Actor,
  ): Promise<Subscription> {
    await this.resources.own(resourceId, actor);
    const plan = await this.choice(planId, actor, resourceId);
    if (!(await this.applications.find(applicationId))) throw new UnknownApplication();
    const decidedById = actor.principal?.id ?? null;
    return this.make(applicationId, plan, { status: 'active', reason: null, decidedById }, actor);
  }

  /** A plan that the actor may choose, of an API that has not ended. @throws UnknownPlan, PlanRetired */
  async choice(planId: string, actor: Actor, resourceId?: string): Promise<Plan> {
    const plan = await this.plans.find(planId);
    if (!plan || (resourceId !== undefined && plan.resourceId !== resourceId)) throw new UnknownPlan();
    await this.plans.get(plan.resourceId, planId, actor).catch((error: unknown) => {
      throw error instanceof NotFound ? new UnknownPlan() : error;
    });
    const { status } = await this.resources.get(plan.resourceId, actor);
    if (status === 'retired' || plan.status === 'retired') throw new PlanRetired();
    return plan;
  }

  /** Writes a change of a subscription as it was read. @throws Outdated */
  async put(
    found: Subscription,
    change: Partial<Subscription>,
    action: string,
    actor: Actor,
    more: Statement[] = [],
  ): Promise<Subscription> {
    const { id, version } = found;
    const written = { ...change, version: version + 1, updatedAt: new Date() };
    const next = { ...found, ...written };
    await this.database.atomically([
      { ...this.database.update(Subscription, { id, version }, written), or: outdated },
      ...more,
      this.event(action, next, actor),
    ]);
    return next;
  }

  private page(
    of: { applicationId: string } | { resourceId: string },
    { limit, status }: SubscriptionsQuery,
    after: string,
  ): Promise<Subscription[]> {
    const where = { ...of, ...(status !== undefined && { status }), id: MoreThan(after) };
    return this.subscriptions.find({ where, order: { id: 'ASC' }, take: limit + 1 });
  }

  private async make(
    applicationId: string,
    plan: Plan,
    said: { status: SubscriptionStatus; reason: string | null; decidedById: string | null },
    actor: Actor,
  ): Promise<Subscription> {
    const now = new Date();
    const subscription: Subscription = {
      id: uuidv7(),
      applicationId,
      resourceId: plan.resourceId,
      planId: plan.id,
      requestedPlanId: null,
      ...said,
      decision: null,
      startsAt: said.status === 'active' ? now : null,
      endsAt: null,
      version: 0,
      createdAt: now,
      updatedAt: now,
    };
    const action = said.status === 'active' ? 'subscription.made' : 'subscription.requested';
    try {
      await this.database.atomically([
        this.plans.holding(plan, () => new PlanRetired()),
        this.database.insert(Subscription, subscription),
        this.event(action, subscription, actor),
      ]);
    } catch (error) {
      if (isUniqueViolation(error)) throw new AlreadySubscribed();
      if (isForeignKeyViolation(error)) throw new UnknownApplication();
      throw error;
    }
    return subscription;
  }

  private event(action: string, subscription: Subscription, actor: Actor): Statement {
    const { id, applicationId, resourceId, planId, status } = subscription;
    const detail = { applicationId, resourceId, planId, status };
    return this.audit.event({ action, target: { kind: 'subscription', id }, detail }, actor);
  }
}

/** For callers that may not see it, too. */
export function noSuchSubscription(): NotFound {
  return new NotFound('There is no such subscription.');
}
