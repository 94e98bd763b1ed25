import { type HeldRights } from './transfer.types.js';
import { type UserLine } from './user-line.dto.js';
import { Injectable } from '@nestjs/common';
import { holds, type Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Database, UnexpectedCount, type Statement } from '../../platform/database/database.service.js';
import { NoticesService, type Notice } from '../../platform/mail/notices.service.js';
import type { Role } from '../../accounts/roles/role.entity.js';
import { ADMIN, RolesService } from '../../accounts/roles/roles.service.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';

import { changesOf } from './user-changes.js';
import { AccountEndingsService } from '../../accounts/users/account-endings.service.js';
import type { User } from '../../accounts/users/user.entity.js';
import { MorePowerful, NotAPerson, PasswordNeeded } from '../../accounts/users/users.errors.js';
import type { UserWithRights } from '../../accounts/users/users.service.js';
import { changingAccount } from '../../accounts/users/account-changes.service.js';

/** What proves an account's owner. Before that, it may have been set up by an attacker (account pre-hijacking). */
const HANDING_OVER = new Set(['user.email_verified', 'user.roles_changed', 'user.password_imported']);

/** What people are told of a change that an import brings. */
const NOTICES: Record<string, Notice> = {
  'user.password_imported': 'password_changed',
  'user.roles_changed': 'roles_changed',
  'user.disabled': 'account_disabled',
  'user.enabled': 'account_enabled',
};

/** Changes accounts that were there before an import, with the consequences that such changes have elsewhere. */
@Injectable()
export class ImportedChangesService {
  constructor(
    private readonly endings: AccountEndingsService,
    private readonly rolesService: RolesService,
    private readonly revocations: RevocationsService,
    private readonly database: Database,
    private readonly audit: AuditService,
    private readonly notices: NoticesService,
  ) {}

  /**
   * Makes a user what the record says. A proved address stays proved; what was set up in an account whose address was not
   * is evicted, when the record proves its owner. `roles` are those that the user has and is to have. `undefined` when
   * the account, one of them, or what the importer may do is no longer what it was; then nothing was changed.
   * @throws NotAPerson, MorePowerful, PasswordNeeded, LastAdmin
   */
  async change(
    found: UserWithRights,
    record: UserLine,
    roles: Role[],
    { actor, guards }: HeldRights,
  ): Promise<'updated' | 'skipped' | undefined> {
    const changes = changesOf(found, record);
    if (changes.length === 0) return 'skipped';
    if (found.user.kind !== 'person') throw new NotAPerson();
    this.refuseMorePowerful(found, roles, actor);

    const { user } = found;
    const { id } = user;
    const isEvicting =
      user.emailVerifiedAt === null && changes.some(({ action }) => HANDING_OVER.has(action));
    const { passwordHash = isEvicting ? null : undefined } = record;
    const losesPassword = passwordHash === null && user.passwordHash !== null;
    if (losesPassword && !isEvicting) throw new PasswordNeeded();

    const { roles: next = found.roles, status = user.status } = record;
    const staysAdmin = next.includes(ADMIN) && status === 'active' && !losesPassword;
    const statements = [
      this.revocations.raiseVersion(),
      ...guards,
      unchanged(user),
      ...roles.map((role) => this.rolesService.unchanged(role)),
      changingAccount(id, { ...record, passwordHash }, staysAdmin),
      ...this.consequences(id, record, changes, isEvicting),
      ...changes.map(({ action, detail }) =>
        this.audit.event(
          { action, target: { kind: 'user', id }, detail: { ...detail, ...(isEvicting && { isEvicting }) } },
          actor,
        ),
      ),
    ];
    try {
      await this.database.atomically(statements);
      await this.tell(user, changes, isEvicting, actor);
      return 'updated';
    } catch (error) {
      if (error instanceof UnexpectedCount) return undefined;
      throw error;
    }
  }

  private async tell(
    { email, ...user }: User,
    changes: { action: string }[],
    isEvicting: boolean,
    actor: Actor,
  ): Promise<void> {
    const due = changes.flatMap(({ action }) => NOTICES[action] ?? []);
    // The importer vouches for the address that takes the account over.
    const { emailVerifiedAt, locale } = isEvicting ? { emailVerifiedAt: new Date(), locale: null } : user;
    const owner = { email, emailVerifiedAt, locale };
    for (const notice of isEvicting ? (['account_taken_over', ...due] as const) : due)
      await this.notices.tell(notice, owner, actor);
  }

  /** By the roles that the batch holds on to, for by now they may stand for more than when the account was read. */
  private refuseMorePowerful({ roles: held }: UserWithRights, roles: Role[], actor: Actor): void {
    const scopes = roles
      .filter(({ name }) => held.includes(name))
      .flatMap((role) => this.rolesService.scopesOf(role.scopes));
    if (!holds(actor, ...scopes)) throw new MorePowerful();
  }

  /** As when it is done by hand: a new status ends everything, a new password what was signed in, new roles the tokens. */
  private consequences(
    id: string,
    { roles }: UserLine,
    changes: { action: string }[],
    isEvicting: boolean,
  ): Statement[] {
    const has = (...actions: string[]) => changes.some(({ action }) => actions.includes(action));
    const hasNewStatus = has('user.enabled', 'user.disabled');
    const assigning = has('user.roles_changed')
      ? [...this.rolesService.assigning(id, roles!), this.revocations.ofUser(id)]
      : [];
    // Which ends all the rest too.
    if (isEvicting) return [...assigning, ...this.endings.of(id, 'evicted')];
    // A new status ends what a new password does.
    if (hasNewStatus) return [...assigning, ...this.endings.of(id, 'disabled')];
    return [...assigning, ...(has('user.password_imported') ? this.endings.of(id, 'reset') : [])];
  }
}

/** Only on an account as it was looked at, for that decided what may be done to it. */
function unchanged({ id, email, version, emailVerifiedAt }: User): Statement {
  const unproved = emailVerifiedAt === null ? 'AND email_verified_at IS NULL' : '';
  const sql = `UPDATE users SET version = version WHERE id = :id AND email = :email AND version = :version ${unproved}`;
  return { sql, params: { id, email, version }, affects: 1 };
}
