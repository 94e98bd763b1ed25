import type { DynamicModule, Type } from '@nestjs/common';
import type { Settings } from './platform/config/settings.js';
import { StartupError } from './platform/config/startup.error.js';

type FeatureModule = Type | DynamicModule;

/** A part of the server that an operator can do without. */
export interface Feature {
  /** As `FEATURES` names it. */
  name: string;
  /** The features that it is built on; with one of them off it cannot be on. */
  needs: readonly string[];
  /** Its modules. The `import()` is the only way to its rooms, so that one which is off costs no time and no memory. */
  load: () => Promise<FeatureModule[]>;
  /** Those of its pages, where `WEB` is on. */
  pages?: () => Promise<FeatureModule[]>;
}

/**
 * What `FEATURES` switches, in the order of `ORDER`; docs/features.md says what each is. Off or on, the migrations, the
 * rows of `app.endings.ts` and what an export says of a person stay: a grant of a disabled user must not come back to
 * life with its feature.
 */
export const FEATURES: readonly Feature[] = [
  {
    name: 'api-keys',
    needs: [],
    load: async () => [(await import('./accounts/api-keys/api-keys.module.js')).ApiKeysModule],
    pages: async () => [(await import('./web/account/api-key-pages.module.js')).ApiKeyPagesModule],
  },
  {
    name: 'oauth',
    needs: [],
    load: async () => [
      (await import('./oauth/clients/clients.module.js')).ClientsModule,
      (await import('./oauth/consents/consents.module.js')).ConsentsModule,
      (await import('./oauth/provider/provider.module.js')).ProviderModule,
    ],
    pages: async () => [(await import('./web/oauth/oauth-pages.module.js')).OAuthPagesModule],
  },
  {
    name: 'resources',
    needs: [],
    load: async () => [(await import('./apis/resources/resources.module.js')).ResourcesModule],
  },
  {
    name: 'gateway',
    needs: ['resources', 'api-keys'],
    load: async () => [
      (await import('./apis/upstreams/upstreams.module.js')).UpstreamsModule,
      (await import('./apis/versions/versions.module.js')).VersionsModule,
      (await import('./apis/applications/applications.module.js')).ApplicationsModule,
      (await import('./apis/plans/plans.module.js')).PlansModule,
      (await import('./apis/catalogue/catalogue.module.js')).CatalogueModule,
      (await import('./apis/subscriptions/subscriptions.module.js')).SubscriptionsModule,
      (await import('./apis/gateway/gateway.module.js')).GatewayModule,
      (await import('./apis/usage/usage.module.js')).UsageModule,
      (await import('./apis/configuration/configuration.module.js')).ConfigurationModule,
    ],
  },
  {
    name: 'transfer',
    needs: ['resources'],
    load: async () => [(await import('./operations/transfer/transfer.module.js')).TransferModule],
  },
];

/**
 * The features that are on, in their order.
 * @param wanted the setting `FEATURES`: `all`, `none`, or names
 * @throws StartupError for a name that there is not, and for a need that is off
 */
export function switchedOn(wanted: readonly string[], features = FEATURES): readonly Feature[] {
  if (wanted.includes('all')) return features;
  const names = wanted.filter((name) => name !== 'none');
  const isUnknown = (name: string) => !features.some((each) => each.name === name);
  const on = features.filter(({ name }) => names.includes(name));
  const there = ['all', 'none', ...features.map(({ name }) => name)].join(', ');
  const problems = [
    ...names.filter(isUnknown).map((name) => `FEATURES: there is no ${name}; there are ${there}`),
    ...on.flatMap(({ name, needs }) =>
      needs
        .filter((need) => !names.includes(need))
        .map((need) => `FEATURES: ${name} needs ${need}, which is off; add it, or leave ${name} out`),
    ),
  ];
  if (problems.length > 0) throw new StartupError(problems);
  return on;
}

/** The modules of the features that are on. @throws StartupError as {@link switchedOn} */
export async function modulesOf({ FEATURES: wanted, WEB }: Settings): Promise<FeatureModule[]> {
  const on = switchedOn(wanted);
  const pages = WEB === 'on' ? on.map((each) => each.pages?.() ?? []) : [];
  const loaded = await Promise.all([...on.map(({ load }) => load()), ...pages]);
  return loaded.flat();
}
