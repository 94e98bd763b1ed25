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

/** For the owner of an application, its members; for a member, their place in it. */
const EVICT = `DELETE FROM application_members WHERE user_id = :userId
  OR application_id IN (SELECT id FROM applications WHERE owner_id = :userId)`;

/**
 * A member who may not sign in cannot do anything with it; the application goes on without them. Who set up an account
 * that is another person's may have chosen its members, and may be known as a member themselves.
 */
export const APPLICATION_MEMBER_ENDING: Ending = {
  table: 'application_members',
  on: ['evicted'],
  end: ({ userId }) => [{ sql: EVICT, params: { userId } }],
  exported: {
    as: 'applicationMemberships',
    owner: 'user_id',
    times: ['created_at'],
    numbers: [],
    json: [],
  },
};
