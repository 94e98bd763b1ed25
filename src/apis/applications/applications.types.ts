import type { MemberRole } from './application-member.entity.js';

/** A person who may do something with an application. */
export interface Membership {
  userId: string;
  email: string;
  name: string | null;
  role: 'owner' | MemberRole;
}
