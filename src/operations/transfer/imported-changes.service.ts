import { Injectable } from '@nestjs/common';
import { holds, type Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { UnexpectedCount, type Statement } from '../database/database.service.js';
import type { Role } from '../roles/role.entity.js';
import { ADMIN, RolesService } from '../roles/roles.service.js';
import { RevocationsService } from '../tokens/revocations.service.js';
import type { HeldRights, UserLine } from './imported-users.service.js';
import { changesOf } from './user-changes.js';
import type { User } from './user.entity.js';
import { LastAdmin, MorePowerful, NotAPerson, PasswordNeeded } from './users.errors.js';
import { UsersService, type UserWithRights } from './users.service.js';

/** What makes an account somebody's. Whoever set it up before its address was proved may be somebody else. */
const HANDING_OVER = new Set(['user.email_verified', 'user.roles_changed', 'user.password_imported']);

/** Changes accounts that were there before an import, with the consequences that such changes have elsewhere. */
@Injectable()
export class ImportedChangesService {
  constructor(
    private readonly users: UsersService,
    private readonly rolesService: RolesService,
    private readonly revocations: RevocationsService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Makes a user what the record says. A proved address stays proved; whoever set up an account whose address was not
   * is evicted, when the record makes it somebody's. `roles` are those that the user has and is to have. `undefined` when
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
    const changing = this.users.changing(id, { ...record, passwordHash }, staysAdmin);
    const statements = [
      this.revocations.raiseVersion(),
      ...guards,
      unchanged(user),
      ...roles.map((role) => this.rolesService.unchanged(role)),
      changing,
      ...this.consequences(id, record, changes, isEvicting),
      ...changes.map(({ action, detail }) =>
        this.audit.event(
          { action, target: { kind: 'user', id }, detail: { ...detail, ...(isEvicting && { isEvicting }) } },
          actor,
        ),
      ),
    ];
    try {
      await this.revocations.commit(statements);
      return 'updated';
    } catch (error) {
      if (!(error instanceof UnexpectedCount)) throw error;
      if (error.statement === changing) throw new LastAdmin();
      return undefined;
    }
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
    if (isEvicting) return [...assigning, ...this.users.evictingFrom(id)];
    return [
      ...assigning,
      ...(hasNewStatus ? this.users.endingApiKeysOf(id) : []),
      ...(hasNewStatus || has('user.password_imported') ? this.users.endingSignInsOf(id) : []),
    ];
  }
}

/** Only on an account as it was looked at, for that decided what may be done to it. */
function unchanged({ id, email, version, emailVerifiedAt }: User): Statement {
  const unproved = emailVerifiedAt === null ? 'AND email_verified_at IS NULL' : '';
  const sql = `UPDATE users SET version = version WHERE id = :id AND email = :email AND version = :version ${unproved}`;
  return { sql, params: { id, email, version }, affects: 1 };
}
