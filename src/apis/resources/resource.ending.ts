import type { Ending } from '../../tokens/revocation/ending.types.js';

/** Nothing ends them: others rely on an API when its owner is gone, too. */
export const RESOURCE_ENDING: Ending = {
  table: 'resources',
  on: [],
  end: () => [],
  exported: {
    as: 'resources',
    owner: 'owner_id',
    times: ['created_at', 'updated_at'],
    numbers: [],
    json: ['scopes'],
  },
};
