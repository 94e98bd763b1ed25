import { Injectable } from '@nestjs/common';
import { SubscriptionKeysService } from '../../accounts/api-keys/subscription-keys.service.js';
import { holds, type Actor } from '../../platform/access/actor.js';
import { whileOutdated, type Statement } from '../../platform/database/database.service.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { ApplicationsService } from '../applications/applications.service.js';
import { NotYourResource } from '../resources/resources.errors.js';
import { ResourcesService } from '../resources/resources.service.js';
import type { Subscription, SubscriptionStatus } from './subscription.entity.js';
import type { Approve } from './subscriptions.dto.js';
import { InvalidSubscriptionTransition, OtherPlanRequested } from './subscriptions.errors.js';
import { noSuchSubscription, SubscriptionsService } from './subscriptions.service.js';

const DECIDE = 'subscriptions:decide';
const LIVE: SubscriptionStatus[] = ['requested', 'active', 'suspended'];
const CHANGEABLE: SubscriptionStatus[] = ['active', 'suspended'];

/** As what a caller deals with a subscription. */
export type Side = 'publisher' | 'member';
type Because = string | null | undefined;

/** What subscriptions become, and who says so: the publisher decides, either side ends. */
@Injectable()
export class SubscriptionDecisions {
  constructor(
    private readonly subscriptions: SubscriptionsService,
    private readonly applications: ApplicationsService,
    private readonly resources: ResourcesService,
    private readonly keys: SubscriptionKeysService,
  ) {}

  /** For a member of its application, and for its publisher. @throws NotFound */
  async get(id: string, actor: Actor): Promise<Subscription> {
    const found = await this.subscriptions.find(id);
    await this.sideOf(found, actor, 'viewer');
    return found;
  }

  /**
   * What was requested: the subscription, or another plan for it. With `planId`, that plan or nothing: members may request
   * another while the publisher decides.
   * @throws OtherPlanRequested, InvalidSubscriptionTransition
   */
  approve(id: string, { reason, planId }: Approve, actor: Actor): Promise<Subscription> {
    return this.decide(id, actor, (found) => {
      const said = this.said(reason, actor);
      const requested = found.status === 'requested' ? found.planId : found.requestedPlanId;
      if (requested !== null && planId !== undefined && planId !== requested) throw new OtherPlanRequested();
      if (found.status === 'requested') {
        const change = { ...said, status: 'active' as const, startsAt: new Date() };
        return this.subscriptions.put(found, change, 'subscription.approved', actor);
      }
      if (found.requestedPlanId === null) throw new InvalidSubscriptionTransition(found.status, 'approved');
      const change = { ...said, planId: found.requestedPlanId, requestedPlanId: null };
      return this.subscriptions.put(
        found,
        change,
        'subscription.plan_changed',
        actor,
        this.refreshing(found),
      );
    });
  }

  /** The same, refused. */
  reject(id: string, reason: Because, actor: Actor): Promise<Subscription> {
    return this.decide(id, actor, (found) => {
      const said = this.said(reason, actor);
      if (found.status === 'requested') {
        const change = { ...said, status: 'rejected' as const, endsAt: new Date() };
        return this.subscriptions.put(found, change, 'subscription.rejected', actor);
      }
      if (found.requestedPlanId === null) throw new InvalidSubscriptionTransition(found.status, 'rejected');
      const change = { ...said, requestedPlanId: null };
      return this.subscriptions.put(found, change, 'subscription.plan_refused', actor);
    });
  }

  /** Its keys open nothing until it is resumed. */
  suspend(id: string, reason: Because, actor: Actor): Promise<Subscription> {
    return this.decide(id, actor, (found) => {
      if (found.status !== 'active') throw new InvalidSubscriptionTransition(found.status, 'suspended');
      const change = { ...this.said(reason, actor), status: 'suspended' as const };
      const more = this.keys.suspending(one(found));
      return this.subscriptions.put(found, change, 'subscription.suspended', actor, more);
    });
  }

  resume(id: string, reason: Because, actor: Actor): Promise<Subscription> {
    return this.decide(id, actor, (found) => {
      if (found.status !== 'suspended') throw new InvalidSubscriptionTransition(found.status, 'resumed');
      const change = { ...this.said(reason, actor), status: 'active' as const };
      const more = this.keys.resuming(one(found));
      return this.subscriptions.put(found, change, 'subscription.resumed', actor, more);
    });
  }

  /** For good, with its keys; by a member or by the publisher. */
  end(id: string, reason: Because, actor: Actor): Promise<Subscription> {
    return whileOutdated(async () => {
      const found = await this.subscriptions.find(id);
      const side = await this.sideOf(found, actor, 'developer');
      if (!LIVE.includes(found.status)) throw new InvalidSubscriptionTransition(found.status, 'ended');
      const said = side === 'publisher' ? this.said(reason, actor) : { decision: reason ?? null };
      const change = { ...said, status: 'ended' as const, requestedPlanId: null, endsAt: new Date() };
      const more = this.keys.ending(one(found));
      return this.subscriptions.put(found, change, 'subscription.ended', actor, more);
    });
  }

  /**
   * Another plan, and the same keys; what was used stays used. A member waits for approval where the plan asks for it.
   * @throws UnknownPlan, PlanRetired, InvalidSubscriptionTransition
   */
  changePlan(id: string, planId: string, actor: Actor): Promise<Subscription> {
    return whileOutdated(async () => {
      const found = await this.subscriptions.find(id);
      const side = await this.sideOf(found, actor, 'developer');
      if (!CHANGEABLE.includes(found.status))
        throw new InvalidSubscriptionTransition(found.status, 'changed');
      const plan = await this.subscriptions.choice(planId, actor, found.resourceId);
      if (side === 'member' && plan.approval === 'manual' && plan.id !== found.planId) {
        const change = { requestedPlanId: plan.id };
        return this.subscriptions.put(found, change, 'subscription.plan_requested', actor);
      }
      const change = { planId: plan.id, requestedPlanId: null };
      return this.subscriptions.put(
        found,
        change,
        'subscription.plan_changed',
        actor,
        this.refreshing(found),
      );
    });
  }

  /** As what the actor may deal with it; as its publisher first. @throws NotFound, NotYourApplication */
  async sideOf(
    { applicationId, resourceId }: Subscription,
    actor: Actor,
    rank: 'viewer' | 'developer',
  ): Promise<Side> {
    if (holds(actor, DECIDE) && (await this.isPublisher(resourceId, actor))) return 'publisher';
    try {
      await this.applications.asRank(applicationId, rank, actor);
      return 'member';
    } catch (error) {
      throw error instanceof NotFound ? noSuchSubscription() : error;
    }
  }

  private decide(
    id: string,
    actor: Actor,
    decision: (found: Subscription) => Promise<Subscription>,
  ): Promise<Subscription> {
    return whileOutdated(async () => {
      const found = await this.subscriptions.find(id);
      const side = await this.sideOf(found, actor, 'viewer');
      if (side !== 'publisher') throw new NotYourResource();
      return decision(found);
    });
  }

  private async isPublisher(resourceId: string, actor: Actor): Promise<boolean> {
    try {
      await this.resources.own(resourceId, actor);
      return true;
    } catch (error) {
      if (error instanceof NotYourResource || error instanceof NotFound) return false;
      throw error;
    }
  }

  private said(reason: Because, actor: Actor): Pick<Subscription, 'decision' | 'decidedById'> {
    return { decision: reason ?? null, decidedById: actor.principal?.id ?? null };
  }

  private refreshing(found: Subscription): Statement[] {
    return this.keys.refreshing(one(found));
  }
}

function one({ id }: Subscription) {
  return { sql: '= :of', params: { of: id } };
}
