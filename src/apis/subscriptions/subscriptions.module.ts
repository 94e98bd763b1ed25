import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApiKeysModule } from '../../accounts/api-keys/api-keys.module.js';
import { ApplicationsModule } from '../applications/applications.module.js';
import { PlansModule } from '../plans/plans.module.js';
import { ResourcesModule } from '../resources/resources.module.js';
import { CountedUse } from './counted-use.service.js';
import { SubscriptionDecisions } from './decisions.service.js';
import { SubscriptionKeysController } from './subscription-keys.controller.js';
import { SubscriberKeys } from './subscriber-keys.service.js';
import { QuotaCounter } from './quota-counter.entity.js';
import { QuotasController } from './quotas.controller.js';
import { Quotas } from './quotas.service.js';
import { SubscriptionTermsService } from './subscription-terms.service.js';
import { Subscription } from './subscription.entity.js';
import { SubscriptionsController } from './subscriptions.controller.js';
import { SubscriptionsService } from './subscriptions.service.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([Subscription, QuotaCounter]),
    ApiKeysModule,
    ResourcesModule,
    ApplicationsModule,
    PlansModule,
  ],
  controllers: [SubscriptionsController, SubscriptionKeysController, QuotasController],
  providers: [
    SubscriptionsService,
    SubscriptionDecisions,
    SubscriberKeys,
    SubscriptionTermsService,
    CountedUse,
    Quotas,
  ],
  exports: [SubscriptionTermsService, Quotas],
})
export class SubscriptionsModule {}
