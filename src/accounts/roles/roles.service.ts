import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, MoreThan, Repository } from 'typeorm';
import { holds, isInside, type Actor } from '../../platform/access/actor.js';
import { ProtectedResources } from '../../platform/access/protected-resources.js';
import { RouteRegistry } from '../../platform/access/route-registry.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { isForeignKeyViolation, isUniqueViolation } from '../../platform/database/database.errors.js';
import {
  Database,
  outdated,
  whileOutdated,
  type Statement,
} from '../../platform/database/database.service.js';
import { NotFound } from '../../platform/http/http.errors.js';
import type { PageQuery } from '../../platform/http/pagination.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';
import { Role } from './role.entity.js';
import type { ChangeRole, CreateRole } from './roles.dto.js';
import {
  PrivilegeEscalation,
  RoleExists,
  RoleInUse,
  RoleProtected,
  UnknownRole,
  UnknownScope,
} from './roles.errors.js';
import { UserRole } from './user-role.entity.js';

/** Has every scope, those of modules yet to be added too. */
export const ADMIN = 'admin';
/** What every new account gets. */
export const USER = 'user';
const EVERY_SCOPE = '*';
const RESOURCES_ADMIN = 'resources:admin';

/** Roles and the scopes in them. */
@Injectable()
export class RolesService {
  constructor(
    private readonly database: Database,
    private readonly registry: RouteRegistry,
    private readonly resources: ProtectedResources,
    private readonly revocations: RevocationsService,
    private readonly audit: AuditService,
    @InjectRepository(Role) private readonly roles: Repository<Role>,
    @InjectRepository(UserRole) private readonly userRoles: Repository<UserRole>,
  ) {}

  /** One more than `query.limit` roles, by name, after the one named `after`. */
  list(query: PageQuery, after: string): Promise<Role[]> {
    return this.roles.find({
      where: { name: MoreThan(after) },
      order: { name: 'ASC' },
      take: query.limit + 1,
    });
  }

  /** Those of these roles that there are, in the order of their names. */
  named(names: string[]): Promise<Role[]> {
    return this.roles.find({ where: { name: In(names) }, order: { name: 'ASC' } });
  }

  /** @throws NotFound */
  async get(name: string): Promise<Role> {
    const role = await this.roles.findOneBy({ name });
    if (!role) throw new NotFound(`There is no role ${name}.`);
    return role;
  }

  /** Whether any account holds the role. */
  isHeld(roleName: string): Promise<boolean> {
    return this.userRoles.existsBy({ roleName });
  }

  /** How many accounts hold the role, of at most so many as are read; `isMore` when there are others. */
  async holdersOf(roleName: string, most: number): Promise<{ count: number; isMore: boolean }> {
    await this.get(roleName);
    const found = await this.userRoles.find({
      where: { roleName },
      select: { userId: true },
      take: most + 1,
    });
    return { count: Math.min(found.length, most), isMore: found.length > most };
  }

  /** The names of the roles that each of these users holds, sorted, by user id. */
  async heldBy(userIds: string[]): Promise<Map<string, string[]>> {
    const held = await this.userRoles.find({ where: { userId: In(userIds) }, order: { roleName: 'ASC' } });
    return new Map(
      userIds.map((id) => [id, held.filter(({ userId }) => userId === id).map(({ roleName }) => roleName)]),
    );
  }

  /** The scopes that a role stands for, without those that no route asks for any more. */
  scopesOf(scopes: readonly string[]): string[] {
    const known = this.registry.scopes;
    return scopes.includes(EVERY_SCOPE) ? [...known.keys()] : scopes.filter((scope) => known.has(scope));
  }

  /** Which scopes of another API a user has whose roles say this; `granted` may hold `*`. */
  scopesAt(api: readonly string[], granted: readonly string[]): string[] {
    return granted.includes(EVERY_SCOPE) ? [...api] : api.filter((scope) => granted.includes(scope));
  }

  /** @throws RoleExists, UnknownScope, PrivilegeEscalation */
  async create({ name, description = null, scopes = [] }: CreateRole, actor: Actor): Promise<Role> {
    await this.refuseUnknown(scopes);
    await this.refuseToGrant(scopes, actor);
    const now = new Date();
    const role: Role = { name, description, scopes, version: 0, createdAt: now, updatedAt: now };
    try {
      await this.database.atomically([
        this.database.insert(Role, role),
        this.audit.event(
          { action: 'role.created', target: { kind: 'role', id: name }, detail: { scopes } },
          actor,
        ),
      ]);
    } catch (error) {
      if (isUniqueViolation(error)) throw new RoleExists(name);
      throw error;
    }
    return role;
  }

  /**
   * Changes a role. New scopes end the access tokens that carry the role; a refresh gives new ones.
   * @throws NotFound, RoleProtected, UnknownScope, PrivilegeEscalation
   */
  change(name: string, change: ChangeRole, actor: Actor): Promise<Role> {
    return whileOutdated(() => this.changeOnce(name, change, actor));
  }

  private async changeOnce(name: string, change: ChangeRole, actor: Actor): Promise<Role> {
    const role = await this.get(name);
    const { description } = change;
    if (change.scopes && name === ADMIN) throw new RoleProtected(name);
    // Setting what is there already ends no tokens.
    const scopes = change.scopes && areSame(role.scopes, change.scopes) ? undefined : change.scopes;
    if (scopes) {
      await this.refuseUnknown(scopes);
      await this.refuseToGrant(
        scopes.filter((scope) => !role.scopes.includes(scope)),
        actor,
      );
    }
    if (description === undefined && !scopes) return role;
    const next = {
      ...(description !== undefined && { description }),
      ...(scopes && { scopes }),
      updatedAt: new Date(),
    };
    const detail = { from: role.scopes, to: scopes ?? role.scopes };
    // New scopes only on those that they were held against, so that none comes back that was just taken away.
    const update = this.database.update(Role, scopes ? { name, version: role.version } : { name }, next);
    await this.database.atomically([
      ...(scopes ? [this.revocations.raiseVersion()] : []),
      { ...update, or: outdated },
      ...(scopes ? [this.bumping(name), this.revocations.ofRole(name)] : []),
      this.audit.event({ action: 'role.updated', target: { kind: 'role', id: name }, detail }, actor),
    ]);
    return { ...role, ...next };
  }

  /** @throws NotFound, RoleProtected, RoleInUse */
  async remove(name: string, actor: Actor): Promise<void> {
    if (name === ADMIN || name === USER) throw new RoleProtected(name);
    const sql = 'DELETE FROM roles WHERE name = :name';
    try {
      await this.database.atomically([
        { sql, params: { name }, affects: 1, or: () => new NotFound(`There is no role ${name}.`) },
        this.audit.event({ action: 'role.deleted', target: { kind: 'role', id: name } }, actor),
      ]);
    } catch (error) {
      if (isForeignKeyViolation(error)) throw new RoleInUse(name);
      throw error;
    }
  }

  /**
   * Makes sure that the actor may turn the roles `from` into `to`.
   * @throws UnknownRole, PrivilegeEscalation
   */
  async refuseAssignment(from: string[], to: string[], actor: Actor): Promise<void> {
    const found = await this.roles.findBy({ name: In(to) });
    const unknown = to.filter((name) => !found.some((role) => role.name === name));
    if (unknown.length > 0) throw new UnknownRole(unknown);
    const added = found.filter(({ name }) => !from.includes(name));
    refuseEscalation(
      added.flatMap(({ scopes }) => this.scopesOf(scopes)),
      actor,
    );
  }

  /** The statements that give a user exactly these roles. */
  assigning(userId: string, names: string[]): Statement[] {
    const clear = { sql: 'DELETE FROM user_roles WHERE user_id = :userId', params: { userId } };
    return [clear, ...names.map((roleName) => this.database.insert(UserRole, { userId, roleName }))];
  }

  /** The statement that holds on to a role as it was read. */
  unchanged({ name, version }: Role): Statement {
    const sql = 'UPDATE roles SET version = version WHERE name = :name AND version = :version';
    return { sql, params: { name, version }, affects: 1 };
  }

  private bumping(name: string): Statement {
    const sql = `UPDATE roles SET version = (SELECT value FROM authority_version WHERE id = 1) WHERE name = :name`;
    return { sql, params: { name }, affects: 1 };
  }

  private async refuseUnknown(scopes: string[]): Promise<void> {
    const unknown = scopes.filter((scope) => !this.registry.scopes.has(scope));
    const ofOthers = unknown.length > 0 ? await this.scopesOfOthers() : [];
    const left = unknown.filter((scope) => !ofOthers.includes(scope));
    if (left.length > 0) throw new UnknownScope(left);
  }

  /** Those of other APIs are granted by who may change any resource, and so what their scopes mean. */
  private async refuseToGrant(scopes: string[], actor: Actor): Promise<void> {
    const own = scopes.filter((scope) => this.registry.scopes.has(scope));
    if (own.length < scopes.length && !holds(actor, RESOURCES_ADMIN))
      throw new PrivilegeEscalation(scopes.filter((scope) => !own.includes(scope)));
    refuseEscalation(own, actor);
  }

  private async scopesOfOthers(): Promise<string[]> {
    return (await this.resources.all()).flatMap((each) => each.scopes);
  }
}

/** Whether two lists have the same names, in any order; no name is twice in one. */
export function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((each) => others.includes(each));
}

/** No request can grant rights that its caller does not hold. @throws PrivilegeEscalation */
export function refuseEscalation(scopes: string[], actor: Actor): void {
  if (isInside(actor)) return;
  const beyond = scopes.filter((scope) => !actor.principal?.scopes.includes(scope));
  if (beyond.length > 0) throw new PrivilegeEscalation([...new Set(beyond)]);
}
