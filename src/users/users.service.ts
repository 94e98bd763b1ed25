import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Equal, MoreThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { isForeignKeyViolation, isUniqueViolation } from '../database/database.errors.js';
import { Database, UnexpectedCount, type Statement } from '../database/database.service.js';
import { NotFound } from '../http/http.errors.js';
import { ADMIN, RolesService, USER } from '../roles/roles.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { OneTimeTokensService } from '../tokens/one-time-tokens.service.js';
import { RevocationsService } from '../tokens/revocations.service.js';
import { PasswordsService } from './passwords.service.js';
import { RIGHTS, userOf, type RightsRow } from './user-row.js';
import { User, type UserKind, type UserStatus } from './user.entity.js';
import { UserResponse, type CreateUser, type UsersQuery } from './users.dto.js';
import { EmailTaken, LastAdmin } from './users.errors.js';

/** A user and the names of their roles. */
export interface UserWithRoles {
  user: User;
  roles: string[];
}

/** A user and what they may do. */
export interface UserWithRights extends UserWithRoles {
  scopes: string[];
  /** The number of the last change of these rights; see `AuthorityVersion`. */
  version: number;
}

/** True unless the user is the only active admin who can sign in. `raiseVersion` in the same batch makes others wait. */
const NOT_LAST_ADMIN = `(
  NOT EXISTS (SELECT 1 FROM user_roles WHERE user_id = :id AND role_name = '${ADMIN}') OR
  EXISTS (SELECT 1 FROM user_roles other JOIN users ON users.id = other.user_id
          WHERE other.role_name = '${ADMIN}' AND users.status = 'active' AND users.kind = 'person'
            AND users.id <> :id))`;
/** For good: they do not come back with the account. By the table alone, for API keys are made elsewhere. */
const REVOKE_API_KEYS = `UPDATE api_keys SET revoked_at = :now, version = version + 1
  WHERE owner_id = :id AND revoked_at IS NULL`;
/** Logins that wait for a second factor; by the table, like API keys. */
const END_CHALLENGES = 'DELETE FROM challenges WHERE user_id = :id';
const NEW_VERSION = 'version = (SELECT value FROM authority_version WHERE id = 1)';

/** Accounts: who they are, whether they are active, and which roles they hold. */
@Injectable()
export class UsersService {
  constructor(
    private readonly database: Database,
    private readonly rolesService: RolesService,
    private readonly sessions: SessionsService,
    private readonly revocations: RevocationsService,
    private readonly oneTimeTokens: OneTimeTokensService,
    private readonly audit: AuditService,
    private readonly passwords: PasswordsService,
    @InjectRepository(User) private readonly users: Repository<User>,
  ) {}

  /** The user with this normalised address, and what they may do, in one statement. */
  findByEmail(email: string): Promise<UserWithRights | undefined> {
    return this.findWithRights(`${RIGHTS} WHERE u.email = :email ORDER BY r.name`, { email });
  }

  /** The user with this id, and what they may do, in one statement. */
  findById(id: string): Promise<UserWithRights | undefined> {
    return this.findWithRights(`${RIGHTS} WHERE u.id = :id ORDER BY r.name`, { id });
  }

  /** @throws NotFound */
  async get(id: string): Promise<UserWithRights> {
    const found = await this.findById(id);
    if (!found) throw new NotFound('There is no such user.');
    return found;
  }

  /** One more than `query.limit` users, oldest first, after the one with the id `after`. */
  async list(query: UsersQuery, after: string): Promise<UserWithRoles[]> {
    const users = await this.users.find({
      where: { id: MoreThan(after), ...(query.kind !== undefined && { kind: Equal(query.kind) }) },
      order: { id: 'ASC' },
      take: query.limit + 1,
    });
    const held = await this.rolesService.heldBy(users.map(({ id }) => id));
    return users.map((user) => ({ user, roles: held.get(user.id) ?? [] }));
  }

  /** A new account with the role every account gets, and the statements that make it. */
  draft(
    email: string,
    name: string | null,
    passwordHash: string | null,
    roles = [USER],
    emailVerifiedAt: Date | null = null,
    kind: UserKind = 'person',
  ) {
    const now = new Date();
    const user: User = {
      id: uuidv7(),
      email,
      emailVerifiedAt,
      name,
      passwordHash,
      status: 'active',
      kind,
      version: 0,
      createdAt: now,
      updatedAt: now,
      lastLoginAt: null,
    };
    return {
      user,
      roles,
      statements: [this.database.insert(User, user), ...this.rolesService.assigning(user.id, roles)],
    };
  }

  /** What is public of a user. */
  show(found: UserWithRoles): UserResponse {
    return UserResponse.of(found);
  }

  /** Makes an account for somebody. @throws EmailTaken, WeakPassword, Overloaded */
  async create({ email, password, name = null }: CreateUser, actor: Actor): Promise<UserWithRoles> {
    await this.passwords.refuseWeak(password, { email, name });
    const draft = this.draft(email, name, await this.passwords.hash(password));
    const target = { kind: 'user', id: draft.user.id };
    await this.make([...draft.statements, this.audit.event({ action: 'user.created', target }, actor)]);
    return draft;
  }

  /** Makes a service account: no password, no roles yet, and an address that no mail reaches (RFC 6761 §6.4). */
  async createService(name: string, actor: Actor): Promise<UserWithRoles> {
    const draft = this.draft(`${uuidv7()}@service.invalid`, name, null, [], null, 'service');
    const target = { kind: 'user', id: draft.user.id };
    const detail = { kind: 'service' };
    await this.make([
      ...draft.statements,
      this.audit.event({ action: 'user.created', target, detail }, actor),
    ]);
    return draft;
  }

  /**
   * Runs a batch that makes an account.
   * @throws EmailTaken
   */
  async make(statements: Statement[]): Promise<void> {
    try {
      await this.database.atomically(statements);
    } catch (error) {
      if (isUniqueViolation(error)) throw new EmailTaken();
      throw error;
    }
  }

  /** Changes the display name. @throws NotFound */
  async rename(id: string, name: string | null, actor: Actor): Promise<UserWithRoles> {
    const found = await this.get(id);
    const updatedAt = new Date();
    await this.changeOrRefuse(id, [
      this.database.update(User, { id }, { name, updatedAt }),
      this.audit.event({ action: 'user.renamed', target: { kind: 'user', id } }, actor),
    ]);
    return { ...found, user: { ...found.user, name, updatedAt } };
  }

  /**
   * Enables or disables an account. Disabling ends its sessions and kills its tokens and API keys; enabling brings none back.
   * @throws NotFound, LastAdmin
   */
  async setStatus(id: string, status: UserStatus, actor: Actor): Promise<UserWithRoles> {
    const found = await this.get(id);
    if (found.user.status === status) return found;
    const updatedAt = new Date();
    const guard = status === 'disabled' ? `AND ${NOT_LAST_ADMIN}` : '';
    await this.changeOrRefuse(id, [
      this.revocations.raiseVersion(),
      {
        sql: `UPDATE users SET status = :status, updated_at = :now, ${NEW_VERSION} WHERE id = :id ${guard}`,
        params: { id, status, now: updatedAt.getTime() },
        affects: 1,
      },
      ...this.sessions.endingAllOf(id),
      ...this.endingApiKeysOf(id),
      { sql: END_CHALLENGES, params: { id } },
      this.oneTimeTokens.endingAllOf(id),
      this.audit.event(
        { action: status === 'active' ? 'user.enabled' : 'user.disabled', target: { kind: 'user', id } },
        actor,
      ),
    ]);
    return { ...found, user: { ...found.user, status, updatedAt } };
  }

  /**
   * Gives a user exactly these roles; their access tokens end, a refresh gives new ones.
   * @throws NotFound, UnknownRole, PrivilegeEscalation, LastAdmin
   */
  async assignRoles(id: string, roles: string[], actor: Actor): Promise<UserWithRoles> {
    const seen = await this.revocations.version();
    const found = await this.get(id);
    await this.rolesService.refuseAssignment(found.roles, roles, actor);
    const raise = this.revocations.raiseVersion(seen);
    const updatedAt = new Date();
    const guard = roles.includes(ADMIN) ? '' : `AND ${NOT_LAST_ADMIN}`;
    const statements = [
      raise,
      {
        sql: `UPDATE users SET updated_at = :now, ${NEW_VERSION} WHERE id = :id ${guard}`,
        params: { id, now: updatedAt.getTime() },
        affects: 1,
      },
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
      // What the actor may grant, or what the user holds, may be another by now; decide again.
      if (error instanceof UnexpectedCount && error.statement === raise)
        return this.assignRoles(id, roles, actor);
      // One of the roles was deleted since they were looked up; this time it is found to be unknown.
      if (isForeignKeyViolation(error)) await this.rolesService.refuseAssignment(found.roles, roles, actor);
      throw error;
    }
    return { user: { ...found.user, updatedAt }, roles: roles.toSorted() };
  }

  /**
   * Deletes an account with its sessions; its tokens die, and the audit trail keeps its id and nothing else of it.
   * `guards` stand before what they guard.
   * @throws NotFound, LastAdmin, UnexpectedCount for a guard
   */
  async remove(id: string, actor: Actor, guards: Statement[] = []): Promise<void> {
    await this.changeOrRefuse(id, [
      this.revocations.raiseVersion(),
      ...guards,
      { sql: `DELETE FROM users WHERE id = :id AND ${NOT_LAST_ADMIN}`, params: { id }, affects: 1 },
      this.revocations.ofUser(id),
      this.audit.event({ action: 'user.deleted', target: { kind: 'user', id } }, actor),
      ...this.audit.forgetting(id),
    ]);
  }

  /** The statement that holds on to an account as it was read: address, password, and that it is active. */
  unchanged({ id, email, passwordHash }: User): Statement {
    const sql = `UPDATE users SET version = version WHERE id = :id AND email = :email AND status = 'active'
                 AND password_hash IS NOT DISTINCT FROM :seen`;
    return { sql, params: { id, email, seen: passwordHash }, affects: 1 };
  }

  /** The statement that notes that the owner of `email` was shown to read its mail, if the account still has it. */
  provingEmail(id: string, email: string): Statement {
    const sql = `UPDATE users SET updated_at = :now, email_verified_at = COALESCE(email_verified_at, :now)
                 WHERE id = :id AND email = :email AND status = 'active'`;
    return { sql, params: { id, email, now: Date.now() }, affects: 1 };
  }

  /** The statement that gives an account another address, which was proved. It breaks the unique index when taken. */
  changingEmail({ id, email }: User, nextEmail: string): Statement {
    const sql = `UPDATE users SET updated_at = :now, email = :nextEmail, email_verified_at = :now
                 WHERE id = :id AND email = :email AND status = 'active'`;
    return { sql, params: { id, email, nextEmail, now: Date.now() }, affects: 1 };
  }

  /** The statement that sets a password for whoever reads the mail of `email`, which is thereby proved. */
  resettingPassword({ id, emailVerifiedAt }: User, email: string, passwordHash: string): Statement {
    // Whether the address was proved before decides what else the reset does.
    const seen = emailVerifiedAt === null ? 'AND email_verified_at IS NULL' : '';
    const sql = `UPDATE users SET updated_at = :now, email_verified_at = COALESCE(email_verified_at, :now),
                 ${NEW_VERSION}, password_hash = :passwordHash
                 WHERE id = :id AND email = :email AND status = 'active' AND kind = 'person' ${seen}`;
    return { sql, params: { id, email, passwordHash, now: Date.now() }, affects: 1 };
  }

  /** The statements that end all API keys of a user for good. Needs `raiseVersion` in the batch. */
  endingApiKeysOf(id: string): Statement[] {
    return [{ sql: REVOKE_API_KEYS, params: { id, now: Date.now() } }, this.revocations.ofUser(id)];
  }

  /**
   * The statement that notes a login, unless the account or its password has changed since it was read. `onlyIf` is a
   * further condition on the user `:id`.
   */
  notingLogIn({ id, passwordHash }: User, nextHash: string | null, onlyIf = 'TRUE'): Statement {
    const sql = `UPDATE users SET last_login_at = :now, password_hash = :nextHash
                 WHERE id = :id AND password_hash IS NOT DISTINCT FROM :passwordHash AND status = 'active' AND ${onlyIf}`;
    return { sql, params: { id, passwordHash, nextHash, now: Date.now() }, affects: 1 };
  }

  /** The statement that replaces a password, unless it has changed since it was read. */
  replacingHash({ id, passwordHash }: User, nextHash: string): Statement {
    const sql = `UPDATE users SET updated_at = :now, password_hash = :nextHash
                 WHERE id = :id AND password_hash = :passwordHash`;
    return { sql, params: { id, passwordHash, nextHash, now: Date.now() }, affects: 1 };
  }

  private async changeOrRefuse(id: string, statements: Statement[]): Promise<void> {
    try {
      await this.revocations.commit(statements);
    } catch (error) {
      const isOutdated = error instanceof UnexpectedCount && 'seen' in error.statement.params;
      if (!(error instanceof UnexpectedCount) || isOutdated) throw error;
      await this.get(id);
      throw new LastAdmin();
    }
  }

  private async findWithRights(
    sql: string,
    params: Record<string, unknown>,
  ): Promise<UserWithRights | undefined> {
    const rows = await this.database.query<RightsRow>(sql, params);
    if (!rows[0]) return undefined;
    const user = userOf(rows[0]);
    const held = rows.filter(({ role_name }) => role_name !== null);
    const scopes = held.flatMap(({ role_scopes }) =>
      this.rolesService.scopesOf(JSON.parse(role_scopes!) as string[]),
    );
    return {
      user,
      roles: held.map(({ role_name }) => role_name!),
      scopes: [...new Set(scopes)],
      version: Math.max(user.version, ...held.map(({ role_version }) => Number(role_version))),
    };
  }
}
