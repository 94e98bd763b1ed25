import type { Plan } from '../plans/plan.entity.js';
import type { Resource } from '../resources/resource.entity.js';
import type { ApiVersion } from '../versions/api-version.entity.js';

/** A version as its callers see it. */
export interface CatalogueVersion {
  version: ApiVersion;
  /** Where its paths begin. */
  url: string;
}

/** What an API offers. */
export interface CatalogueApi {
  resource: Resource;
  /** The newest first; only those that can be called. */
  versions: CatalogueVersion[];
  /** Those that can be chosen. */
  plans: Plan[];
}
