import { Injectable } from '@nestjs/common';
import type { MadeApiKey } from '../../accounts/api-keys/api-key-records.service.js';
import type { ApiKey } from '../../accounts/api-keys/api-key.entity.js';
import {
  SubscriptionKeysService,
  type KeyHolder,
} from '../../accounts/api-keys/subscription-keys.service.js';
import type { Actor } from '../../platform/access/actor.js';
import { outdated, whileOutdated } from '../../platform/database/database.service.js';
import type { PageQuery } from '../../platform/http/pagination.js';
import { ApplicationsService } from '../applications/applications.service.js';
import { PlansService } from '../plans/plans.service.js';
import type { Resource } from '../resources/resource.entity.js';
import { ResourcesService } from '../resources/resources.service.js';
import { SubscriptionDecisions } from './decisions.service.js';
import type { Subscription } from './subscription.entity.js';
import type { CreateSubscriptionKey } from './subscription-keys.dto.js';
import { NoSubscriptionKeys, SubscriptionNotActive, UnknownScopes } from './subscriptions.errors.js';
import { SubscriptionsService } from './subscriptions.service.js';

/** Optimistic lock: affects one row only if the subscription is still as it was read. */
const HOLD = 'UPDATE subscriptions SET version = version WHERE id = :id AND version = :version';

/** Keys of a subscription: its members make and rotate them, its publisher sees and revokes them as well. */
@Injectable()
export class SubscriberKeys {
  constructor(
    private readonly subscriptions: SubscriptionsService,
    private readonly decisions: SubscriptionDecisions,
    private readonly applications: ApplicationsService,
    private readonly plans: PlansService,
    private readonly resources: ResourcesService,
    private readonly keys: SubscriptionKeysService,
  ) {}

  /** One more than `query.limit` keys, oldest first. @throws NotFound */
  async list(id: string, actor: Actor, query: PageQuery, after: string): Promise<ApiKey[]> {
    await this.decisions.get(id, actor);
    return this.keys.list(id, query, after);
  }

  /** @throws NotFound, SubscriptionNotActive, UnknownScopes, TooManySubscriptionKeys */
  make(id: string, fields: CreateSubscriptionKey, actor: Actor): Promise<MadeApiKey> {
    return whileOutdated(async () => {
      const { holder, resource } = await this.held(id, actor);
      const declared = resource.scopes.map(({ name }) => name);
      const unknown = fields.scopes.filter((scope) => !declared.includes(scope));
      if (unknown.length > 0) throw new UnknownScopes(unknown);
      return this.keys.make(holder, fields, actor);
    });
  }

  /** @throws NotFound, SubscriptionNotActive, AlreadyRotated, TooManySubscriptionKeys */
  rotate(id: string, keyId: string, overlap: string | undefined, actor: Actor): Promise<MadeApiKey> {
    return whileOutdated(async () => {
      const { holder } = await this.held(id, actor);
      return this.keys.rotate(holder, keyId, overlap, actor);
    });
  }

  /** @throws NotFound */
  async revoke(id: string, keyId: string, actor: Actor): Promise<void> {
    const subscription = await this.subscriptions.find(id);
    await this.decisions.sideOf(subscription, actor, 'developer');
    await this.keys.revoke(id, keyId, actor);
  }

  /** A key is for members alone: it would show the publisher what passes for the application. */
  private async held(id: string, actor: Actor): Promise<{ holder: KeyHolder; resource: Resource }> {
    const subscription: Subscription = await this.decisions.get(id, actor);
    const { applicationId, planId, resourceId } = subscription;
    const application = await this.applications.asRank(applicationId, 'developer', actor);
    if (subscription.status !== 'active') throw new SubscriptionNotActive();
    const [plan, [resource]] = await Promise.all([
      this.plans.find(planId),
      this.resources.named([resourceId]),
    ]);
    if (!plan || !resource) throw new SubscriptionNotActive();
    if (this.keys.isOfThisServer(resource.identifier)) throw new NoSubscriptionKeys();
    const { version } = subscription;
    const holding = { sql: HOLD, params: { id, version }, affects: 1, or: outdated };
    const holder: KeyHolder = {
      subscriptionId: id,
      ownerId: application.ownerId,
      audience: resource.identifier,
      maxKeys: plan.maxKeys,
      holding,
    };
    return { holder, resource };
  }
}
