import { Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A role that a user holds. */
@Entity('user_roles')
@Index('user_roles_role', ['roleName', 'userId'])
export class UserRole {
  @PrimaryColumn('varchar', { length: 36 })
  @ForeignKey('User', { name: 'user_roles_user', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('varchar', { length: 64 })
  @ForeignKey('Role', { name: 'user_roles_role_name' })
  roleName: string;
}
