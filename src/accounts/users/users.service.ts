import type { CurrentRights, RightsNow } from '../../platform/access/current-rights.js';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, MoreThan, Repository } from 'typeorm';
import { holds, type Actor } from '../../platform/access/actor.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { RolesService, USER } from '../roles/roles.service.js';
import type { ReadAlong } from '../../tokens/sessions/session.types.js';
import { RIGHTS, STANDING, timeOrNull, userOf, type RightsRow } from './user-row.js';
import { User, type UserStatus } from './user.entity.js';
import { UserResponse } from './users.dto.js';
import { MorePowerful, noSuchUser } from './users.errors.js';

/** A user and the names of their roles. */
export interface UserWithRoles {
  user: User;
  roles: string[];
}

/** What a user may do. */
export interface Rights {
  roles: string[];
  scopes: string[];
  /** What the roles say, of other APIs too; `*` is everything. */
  granted: string[];
  /** The number of the last change of these rights; see `AuthorityVersion`. */
  version: number;
}

/** A user and what they may do. */
export type UserWithRights = UserWithRoles & Rights;

/** What decides whether a user may stay signed in, and what they may do. */
export type Standing = Pick<User, 'status' | 'emailVerifiedAt'> & Rights;

/** What is public of a user. */
export type ShownUser = UserResponse;

/** What is public of this user. */
export function shownUser(found: UserWithRoles): ShownUser {
  return UserResponse.of(found);
}

/** Who there is, whether they are active, which roles they hold, and what they may do. */
@Injectable()
export class UsersService implements CurrentRights {
  /** What a refresh reads along with a session. */
  readonly standing: ReadAlong<Standing, RightsRow> = { ...STANDING, of: (rows) => this.standingIn(rows) };

  constructor(
    private readonly database: Database,
    private readonly rolesService: RolesService,
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

  async rightsOf(userId: string): Promise<RightsNow | undefined> {
    const found = await this.findById(userId);
    if (!found) return undefined;
    const { user, roles, scopes, granted } = found;
    return { isActive: user.status === 'active', roles, scopes, granted };
  }

  /** @throws NotFound */
  async get(id: string): Promise<UserWithRights> {
    const found = await this.findById(id);
    if (!found) throw noSuchUser();
    return found;
  }

  /** At most `limit` accounts of people, oldest first, after the one with the id `after`. */
  async people(limit: number, after: string): Promise<UserWithRoles[]> {
    const where = { id: MoreThan(after), kind: 'person' as const };
    const users = await this.users.find({ where, order: { id: 'ASC' }, take: limit });
    const held = await this.rolesService.heldBy(users.map(({ id }) => id));
    return users.map((user) => ({ user, roles: held.get(user.id) ?? [] }));
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

  /**
   * Removing the second factors of a more powerful user is half way to taking their account. What every user may
   * do makes no user powerful. Guard the batch by {@link withRights} of the user found. @throws MorePowerful
   */
  async refuseToWeaken({ scopes }: UserWithRights, actor: Actor): Promise<void> {
    const { scopes: everybodys } = await this.rolesService.get(USER);
    if (!holds(actor, ...scopes.filter((scope) => !everybodys.includes(scope)))) throw new MorePowerful();
  }

  /** Optimistic lock: affects one row only if the user's rights and status are still as they were read. */
  withRights({ user: { id, status }, version: seen }: UserWithRights): Statement {
    const sql = `UPDATE users SET version = version WHERE id = :id AND status = :status AND version <= :seen
                 AND NOT EXISTS (SELECT 1 FROM user_roles JOIN roles ON roles.name = user_roles.role_name
                                 WHERE user_roles.user_id = :id AND roles.version > :seen)`;
    return { sql, params: { id, status, seen }, affects: 1 };
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
    const { status, email_verified_at: verifiedAt, version } = rows[0]!;
    const rights = this.rightsIn(rows, Number(version));
    return { status: status as UserStatus, emailVerifiedAt: timeOrNull(verifiedAt), ...rights };
  }

  private rightsIn(rows: RightsRow[], version: number): Rights {
    const held = rows.filter(({ role_name }) => role_name !== null);
    const granted = held.flatMap(({ role_scopes }) => JSON.parse(role_scopes!) as string[]);
    return {
      roles: held.map(({ role_name }) => role_name!),
      scopes: [...new Set(this.rolesService.scopesOf(granted))],
      granted: [...new Set(granted)],
      version: Math.max(version, ...held.map(({ role_version }) => Number(role_version))),
    };
  }
}
