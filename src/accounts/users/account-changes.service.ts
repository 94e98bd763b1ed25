import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { isForeignKeyViolation } from '../../platform/database/database.errors.js';
import {
  Database,
  outdated,
  whileOutdated,
  type Statement,
} from '../../platform/database/database.service.js';
import { NoticesService, type Notice } from '../../platform/mail/notices.service.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';
import { ADMIN, areSame, RolesService } from '../roles/roles.service.js';
import { AccountEndingsService } from './account-endings.service.js';
import { NEW_VERSION, User, type UserStatus } from './user.entity.js';
import { LastAdmin, noSuchUser } from './users.errors.js';
import { UsersService, type UserWithRoles } from './users.service.js';

/** What of an account is to be another; what is left out stays, even when it is changed concurrently. */
export interface AccountChange {
  name?: string | null;
  status?: UserStatus;
  passwordHash?: string | null;
  /** An address that was proved stays so. */
  verified?: boolean;
}

/** True unless the user is the only active admin who can sign in. `raiseVersion` in the same batch makes others wait. */
const NOT_LAST_ADMIN = `(
  NOT EXISTS (SELECT 1 FROM user_roles WHERE user_id = :id AND role_name = '${ADMIN}') OR
  EXISTS (SELECT 1 FROM user_roles other JOIN users ON users.id = other.user_id
          WHERE other.role_name = '${ADMIN}' AND users.status = 'active' AND users.kind = 'person'
            AND users.password_hash IS NOT NULL AND users.id <> :id))`;

/**
 * The statement that changes an account, and with it what it may do; needs `raiseVersion` in the batch. Unless
 * `staysAdmin`, it spares the last admin, and then affects nothing.
 */
export function changingAccount(
  id: string,
  change: AccountChange,
  staysAdmin: boolean,
  now = new Date(),
): Statement {
  const { name, status, passwordHash, verified } = change;
  const columns = [
    'updated_at = :now',
    NEW_VERSION,
    name !== undefined && 'name = :name',
    status !== undefined && 'status = :status',
    passwordHash !== undefined && 'password_hash = :passwordHash',
    verified && 'email_verified_at = COALESCE(email_verified_at, :now)',
  ];
  const guard = staysAdmin ? '' : `AND ${NOT_LAST_ADMIN}`;
  return {
    sql: `UPDATE users SET ${columns.filter(Boolean).join(', ')} WHERE id = :id ${guard}`,
    params: { id, name, status, passwordHash, now: now.getTime() },
    affects: 1,
    or: () => new LastAdmin(),
  };
}

/** Changes what an account may do, and whether there is one. One admin who can sign in stays. */
@Injectable()
export class AccountChangesService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly rolesService: RolesService,
    private readonly endings: AccountEndingsService,
    private readonly revocations: RevocationsService,
    private readonly notices: NoticesService,
    private readonly audit: AuditService,
  ) {}

  /** Changes the display name. @throws NotFound */
  async rename(id: string, name: string | null, actor: Actor): Promise<UserWithRoles> {
    const found = await this.users.get(id);
    const updatedAt = new Date();
    await this.changeOrRefuse(id, [
      { ...this.database.update(User, { id }, { name, updatedAt }), or: noSuchUser },
      this.audit.event({ action: 'user.renamed', target: { kind: 'user', id } }, actor),
    ]);
    return { ...found, user: { ...found.user, name, updatedAt } };
  }

  /**
   * Enables or disables an account. Disabling ends its sessions and kills its tokens and API keys; enabling brings none back.
   * @throws NotFound, LastAdmin
   */
  async setStatus(id: string, status: UserStatus, actor: Actor): Promise<UserWithRoles> {
    const found = await this.users.get(id);
    if (found.user.status === status) return found;
    const updatedAt = new Date();
    await this.changeOrRefuse(id, [
      this.revocations.raiseVersion(),
      changingAccount(id, { status }, status === 'active', updatedAt),
      ...this.endings.of(id, 'disabled'),
      this.audit.event(
        { action: status === 'active' ? 'user.enabled' : 'user.disabled', target: { kind: 'user', id } },
        actor,
      ),
    ]);
    await this.tell(status === 'active' ? 'account_enabled' : 'account_disabled', found.user, actor);
    return { ...found, user: { ...found.user, status, updatedAt } };
  }

  /**
   * Gives a user exactly these roles; their access tokens end, a refresh gives new ones.
   * @throws NotFound, UnknownRole, PrivilegeEscalation, LastAdmin
   */
  assignRoles(id: string, roles: string[], actor: Actor): Promise<UserWithRoles> {
    return whileOutdated(() => this.assignRolesOnce(id, roles, actor));
  }

  private async assignRolesOnce(id: string, roles: string[], actor: Actor): Promise<UserWithRoles> {
    const seen = await this.revocations.version();
    const found = await this.users.get(id);
    await this.rolesService.refuseAssignment(found.roles, roles, actor);
    // Setting what is there already ends no tokens.
    if (areSame(found.roles, roles)) return found;
    // What the actor may grant, or what the user holds, may be another by then.
    const raise = { ...this.revocations.raiseVersion(seen), or: outdated };
    const updatedAt = new Date();
    const statements = [
      raise,
      changingAccount(id, {}, roles.includes(ADMIN), updatedAt),
      ...this.rolesService.assigning(id, roles),
      this.revocations.ofUser(id),
      this.audit.event(
        {
          action: 'user.roles_changed',
          target: { kind: 'user', id },
          detail: { from: found.roles, to: roles.toSorted() },
        },
        actor,
      ),
    ];
    try {
      await this.changeOrRefuse(id, statements);
    } catch (error) {
      // One of the roles was deleted since they were looked up; this time it is found to be unknown.
      if (isForeignKeyViolation(error)) await this.rolesService.refuseAssignment(found.roles, roles, actor);
      throw error;
    }
    await this.tell('roles_changed', found.user, actor);
    return { user: { ...found.user, updatedAt }, roles: roles.toSorted() };
  }

  /**
   * Deletes an account with its sessions; its tokens die, and the audit trail keeps its id and nothing else of it.
   * `guards` stand before what they guard.
   * @throws NotFound, LastAdmin, and what a guard says
   */
  async remove(id: string, actor: Actor, guards: Statement[] = []): Promise<void> {
    const { user } = await this.users.get(id);
    await this.changeOrRefuse(id, [
      this.revocations.raiseVersion(),
      ...guards,
      ...this.endings.of(id, 'deleted'),
      {
        sql: `DELETE FROM users WHERE id = :id AND ${NOT_LAST_ADMIN}`,
        params: { id },
        affects: 1,
        or: () => new LastAdmin(),
      },
      this.revocations.ofUser(id),
      this.audit.event({ action: 'user.deleted', target: { kind: 'user', id } }, actor),
      ...this.audit.forgetting(id),
    ]);
    await this.tell('account_deleted', user, actor);
  }

  /** Service accounts read no mail. */
  private async tell(notice: Notice, user: User, actor: Actor): Promise<void> {
    if (user.kind === 'person') await this.notices.tell(notice, user, actor);
  }

  /** @throws NotFound where the account is gone, which a statement that spares the last admin does not tell apart */
  private async changeOrRefuse(id: string, statements: Statement[]): Promise<void> {
    try {
      await this.database.atomically(statements);
    } catch (error) {
      if (error instanceof LastAdmin) await this.users.get(id);
      throw error;
    }
  }
}
