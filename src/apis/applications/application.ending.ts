import type { Ending } from '../../tokens/revocation/ending.types.js';

/** It goes with its owner by its foreign key. While they are disabled it has no keys: those have ended for good. */
export const APPLICATION_ENDING: Ending = {
  table: 'applications',
  on: [],
  end: () => [],
  exported: {
    as: 'applications',
    owner: 'owner_id',
    times: ['created_at', 'updated_at'],
    numbers: ['version'],
    json: [],
  },
};

/** A member who may not sign in cannot do anything with it; the application goes on without them. */
export const APPLICATION_MEMBER_ENDING: Ending = {
  table: 'application_members',
  on: [],
  end: () => [],
  exported: {
    as: 'applicationMemberships',
    owner: 'user_id',
    times: ['created_at'],
    numbers: [],
    json: [],
  },
};
