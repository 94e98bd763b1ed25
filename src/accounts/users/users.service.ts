import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Equal, In, MoreThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { holds, type Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { isForeignKeyViolation, isUniqueViolation } from '../database/database.errors.js';
import { Database, UnexpectedCount, type Statement } from '../database/database.service.js';
import { NotFound } from '../http/http.errors.js';
import { ADMIN, areSame, RolesService, USER } from '../roles/roles.service.js';
import { SessionsService, type ReadAlong } from '../sessions/sessions.service.js';
import { OneTimeTokensService } from '../tokens/one-time-tokens.service.js';
import { RevocationsService } from '../tokens/revocations.service.js';
import { PasswordsService } from './passwords.service.js';
import { RIGHTS, STANDING, timeOrNull, userOf, type RightsRow } from './user-row.js';
import { User, type UserKind, type UserStatus } from './user.entity.js';
import { UserResponse, type CreateUser, type UsersQuery } from './users.dto.js';
import { EmailTaken, LastAdmin, MorePowerful } from './users.errors.js';

/** A user and the names of their roles. */
export interface UserWithRoles {
  user: User;
  roles: string[];
}

/** What of an account is to be another; what is left out stays, though somebody else may just be changing it. */
export interface AccountChange {
  name?: string | null;
  status?: UserStatus;
  passwordHash?: string | null;
  /** An address that was proved stays so. */
  verified?: boolean;
}

/** What somebody may do. */
export interface Rights {
  roles: string[];
  scopes: string[];
  /** The number of the last change of these rights; see `AuthorityVersion`. */
  version: number;
}

/** A user and what they may do. */
export type UserWithRights = UserWithRoles & Rights;

/** What decides whether somebody may stay signed in, and what they may do. */
export type Standing = Pick<User, 'status' | 'emailVerifiedAt'> & Rights;

/** True unless the user is the only active admin who can sign in. `raiseVersion` in the same batch makes others wait. */
const NOT_LAST_ADMIN = `(
  NOT EXISTS (SELECT 1 FROM user_roles WHERE user_id = :id AND role_name = '${ADMIN}') OR
  EXISTS (SELECT 1 FROM user_roles other JOIN users ON users.id = other.user_id
          WHERE other.role_name = '${ADMIN}' AND users.status = 'active' AND users.kind = 'person'
            AND users.password_hash IS NOT NULL AND users.id <> :id))`;
/** For good: they do not come back with the account. By the table alone, for API keys are made elsewhere. */
const REVOKE_API_KEYS = `UPDATE api_keys SET revoked_at = :now, version = version + 1
  WHERE owner_id = :id AND revoked_at IS NULL`;
/** Logins that wait for a second factor; by the table, like API keys. */
const END_CHALLENGES = 'DELETE FROM challenges WHERE user_id = :id';
/** What else proves who somebody is; by the tables, like challenges. */
const FACTOR_TABLES = ['totp_factors', 'passkeys', 'recovery_codes'];
const NEW_VERSION = 'version = (SELECT value FROM authority_version WHERE id = 1)';

/** Accounts: who they are, whether they are active, and which roles they hold. */
@Injectable()
export class UsersService {
  /** What a refresh reads along with a session. */
  readonly standing: ReadAlong<Standing, RightsRow> = { ...STANDING, of: (rows) => this.standingIn(rows) };

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
  list({ limit, kind }: UsersQuery, after: string): Promise<UserWithRoles[]> {
    return this.some(kind, limit + 1, after);
  }

  /** At most `limit` accounts of people, oldest first, after the one with the id `after`. */
  people(limit: number, after: string): Promise<UserWithRoles[]> {
    return this.some('person', limit, after);
  }

  /** Those of these normalised addresses that accounts have. */
  async known(emails: string[]): Promise<Set<string>> {
    const found = await this.users.find({ where: { email: In(emails) }, select: { email: true } });
    return new Set(found.map(({ email }) => email));
  }

  /** How many accounts there are, without those of services. */
  countPeople(): Promise<number> {
    return this.users.countBy({ kind: 'person' });
  }

  /** The addresses of these users, by id. */
  async emailsOf(ids: string[]): Promise<Map<string, string>> {
    const found = await this.users.find({ where: { id: In(ids) }, select: { id: true, email: true } });
    return new Map(found.map(({ id, email }) => [id, email]));
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
    const draft = this.draft(email, name, await this.passwords.hash(password, actor));
    const target = { kind: 'user', id: draft.user.id };
    await this.make([...draft.statements, this.audit.event({ action: 'user.created', target }, actor)]);
    return draft;
  }

  /**
   * Makes an account on the word of whoever runs the server: its address counts as proved.
   * @throws EmailTaken, UnknownRole, Overloaded
   */
  async createVerified(
    { email, password, name = null }: CreateUser,
    roles: string[],
    actor: Actor,
  ): Promise<UserWithRoles> {
    await this.rolesService.refuseAssignment([], roles, actor);
    const passwordHash = await this.passwords.hash(password, actor);
    const draft = this.draft(email, name, passwordHash, roles, new Date());
    const target = { kind: 'user', id: draft.user.id };
    const created = { action: 'user.created', target, detail: { roles } };
    await this.make([...draft.statements, this.audit.event(created, actor)]);
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
    await this.changeOrRefuse(id, [
      this.revocations.raiseVersion(),
      this.changing(id, { status }, status === 'active', updatedAt),
      ...this.endingSignInsOf(id),
      ...this.endingApiKeysOf(id),
      this.audit.event(
        { action: status === 'active' ? 'user.enabled' : 'user.disabled', target: { kind: 'user', id } },
        actor,
      ),
    ]);
    return { ...found, user: { ...found.user, status, updatedAt } };
  }

  /**
   * Whoever could take the second factors of somebody more powerful would be half way to becoming them. What everybody may
   * do makes nobody powerful. Hold on to {@link withRights} of whom was found. @throws MorePowerful
   */
  async refuseToWeaken({ scopes }: UserWithRights, actor: Actor): Promise<void> {
    const { scopes: everybodys } = await this.rolesService.get(USER);
    if (!holds(actor, ...scopes.filter((scope) => !everybodys.includes(scope)))) throw new MorePowerful();
  }

  /**
   * Gives a user exactly these roles; their access tokens end, a refresh gives new ones.
   * @throws NotFound, UnknownRole, PrivilegeEscalation, LastAdmin
   */
  async assignRoles(id: string, roles: string[], actor: Actor): Promise<UserWithRoles> {
    const seen = await this.revocations.version();
    const found = await this.get(id);
    await this.rolesService.refuseAssignment(found.roles, roles, actor);
    // Whoever sets again what is there already ends nobody's tokens.
    if (areSame(found.roles, roles)) return found;
    const raise = this.revocations.raiseVersion(seen);
    const updatedAt = new Date();
    const statements = [
      raise,
      this.changing(id, {}, roles.includes(ADMIN), updatedAt),
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

  /**
   * The statement that changes an account, and with it what it may do; needs `raiseVersion` in the batch. Unless
   * `staysAdmin`, it spares the last admin, and then affects nothing.
   */
  changing(id: string, change: AccountChange, staysAdmin: boolean, now = new Date()): Statement {
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
    };
  }

  /** The statement that holds on to an account as it was read: address, password, and that it is active. */
  unchanged({ id, email, passwordHash }: User): Statement {
    const sql = `UPDATE users SET version = version WHERE id = :id AND email = :email AND status = 'active'
                 AND password_hash IS NOT DISTINCT FROM :seen`;
    return { sql, params: { id, email, seen: passwordHash }, affects: 1 };
  }

  /** The statement that holds on to what somebody may do as it was read, and to whether they are active. */
  withRights({ user: { id, status }, version: seen }: UserWithRights): Statement {
    const sql = `UPDATE users SET version = version WHERE id = :id AND status = :status AND version <= :seen
                 AND NOT EXISTS (SELECT 1 FROM user_roles JOIN roles ON roles.name = user_roles.role_name
                                 WHERE user_roles.user_id = :id AND roles.version > :seen)`;
    return { sql, params: { id, status, seen }, affects: 1 };
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

  /** The statement that sets a person's password, whatever it was and whether or not they may sign in. */
  settingPassword(id: string, passwordHash: string): Statement {
    const sql = `UPDATE users SET updated_at = :now, password_hash = :passwordHash WHERE id = :id AND kind = 'person'`;
    return { sql, params: { id, passwordHash, now: Date.now() }, affects: 1 };
  }

  /**
   * The statements that end whatever somebody has signed in with so far, wholly or halfway: sessions (their number is what
   * the first one affects) but for the one with the id `exceptId`, links that were mailed, and challenges.
   */
  endingSignInsOf(id: string, exceptId?: string): Statement[] {
    return [
      ...this.sessions.endingAllOf(id, exceptId),
      this.oneTimeTokens.endingAllOf(id),
      { sql: END_CHALLENGES, params: { id } },
    ];
  }

  /**
   * The statements that take an account away from whoever set it up before its address was proved, for that may have
   * been a stranger: factors, API keys, and whatever was signed in. The password is not among it; have it replaced in the
   * same batch, which needs `raiseVersion`.
   */
  evictingFrom(id: string): Statement[] {
    return [...this.removingFactorsOf(id), ...this.endingApiKeysOf(id), ...this.endingSignInsOf(id)];
  }

  /** The statements that take all second factors of a user away, for good. */
  removingFactorsOf(id: string): Statement[] {
    return FACTOR_TABLES.map((table) => ({
      sql: `DELETE FROM ${table} WHERE user_id = :id`,
      params: { id },
    }));
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

  private async some(kind: UserKind | undefined, limit: number, after: string): Promise<UserWithRoles[]> {
    const users = await this.users.find({
      where: { id: MoreThan(after), ...(kind !== undefined && { kind: Equal(kind) }) },
      order: { id: 'ASC' },
      take: limit,
    });
    const held = await this.rolesService.heldBy(users.map(({ id }) => id));
    return users.map((user) => ({ user, roles: held.get(user.id) ?? [] }));
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
    return { user, ...this.rightsIn(rows, user.version) };
  }

  private standingIn(rows: RightsRow[]): Standing {
    const { status, email_verified_at, version } = rows[0]!;
    return {
      status: status as UserStatus,
      emailVerifiedAt: timeOrNull(email_verified_at),
      ...this.rightsIn(rows, Number(version)),
    };
  }

  private rightsIn(rows: RightsRow[], version: number): Rights {
    const held = rows.filter(({ role_name }) => role_name !== null);
    const scopes = held.flatMap(({ role_scopes }) =>
      this.rolesService.scopesOf(JSON.parse(role_scopes!) as string[]),
    );
    return {
      roles: held.map(({ role_name }) => role_name!),
      scopes: [...new Set(scopes)],
      version: Math.max(version, ...held.map(({ role_version }) => Number(role_version))),
    };
  }
}
