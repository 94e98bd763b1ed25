import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, ReferenceColumn, TimeColumn } from '../../platform/database/columns.js';

/** What members may do: see; subscribe and make keys; change the application and its members, too. */
export const MEMBER_ROLES = ['viewer', 'developer', 'admin'] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];

/** A person besides its owner who works on an application. */
@Entity('application_members')
@Index('application_members_pair', ['applicationId', 'userId'], { unique: true })
@Index('application_members_user', ['userId', 'applicationId'])
export class ApplicationMember {
  @IdColumn()
  id: string;

  @ReferenceColumn()
  @ForeignKey('Application', { name: 'application_members_application_id', onDelete: 'CASCADE' })
  applicationId: string;

  @ReferenceColumn()
  @ForeignKey('User', { name: 'application_members_user_id', onDelete: 'CASCADE' })
  userId: string;

  @Column('varchar', { length: 16 })
  role: MemberRole;

  @TimeColumn()
  createdAt: Date;
}
