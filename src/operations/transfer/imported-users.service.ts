import type { HeldRights, RecordOutcome } from './transfer.types.js';
import type { UserLine } from './user-line.dto.js';
import { Injectable } from '@nestjs/common';
import { InsufficientScope } from '../../platform/access/access.errors.js';
import { holds, type Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { isForeignKeyViolation } from '../../platform/database/database.errors.js';
import { Database, UnexpectedCount, type Statement } from '../../platform/database/database.service.js';
import { Problem } from '../../platform/http/problem.js';
import type { Role } from '../../accounts/roles/role.entity.js';
import { UnknownRole } from '../../accounts/roles/roles.errors.js';
import { areSame, refuseEscalation, RolesService, USER } from '../../accounts/roles/roles.service.js';
import { ImportedChangesService } from './imported-changes.service.js';
import { UserConsentsService } from './user-consents.service.js';
import { PasswordsService } from '../../accounts/users/passwords.service.js';
import { User } from '../../accounts/users/user.entity.js';
import { EmailTaken, UnknownPasswordHash } from '../../accounts/users/users.errors.js';
import { UsersService } from '../../accounts/users/users.service.js';
import { NewAccountsService } from '../../accounts/users/new-accounts.service.js';

const ROLES_SCOPE = 'roles:assign';

/** Makes and changes the accounts of an import, many at a time, with no more rights than the importing caller has. */
@Injectable()
export class ImportedUsersService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly accounts: NewAccountsService,
    private readonly rolesService: RolesService,
    private readonly changes: ImportedChangesService,
    private readonly passwords: PasswordsService,
    private readonly consents: UserConsentsService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Makes the accounts that there are not yet, in one batch, and changes the others if it is to. What is wrong with one
   * record keeps no other back. `rights` are read again whenever they may have changed; what it throws ends the import.
   * @returns for each record in turn what became of it
   */
  async take(
    records: UserLine[],
    isUpdating: boolean,
    rights: () => Promise<HeldRights>,
  ): Promise<RecordOutcome[]> {
    const known = await this.users.known(records.map(({ email }) => email));
    const fresh = new Map<string, UserLine>();
    for (const record of records) {
      if (!known.has(record.email) && !fresh.has(record.email)) fresh.set(record.email, record);
    }
    // In one order everywhere, so that imports of the same people wait for each other and never in a circle.
    const inOrder = [...fresh.values()].toSorted((a, b) => (a.email < b.email ? -1 : 1));
    let held = await rights();
    const made = await this.createAll(inOrder, held);
    const outcomes: RecordOutcome[] = [];
    // One by one: who was there, who stands in the file twice, and who was created concurrently.
    for (const record of records) {
      let outcome = made.get(record);
      while (!outcome) {
        outcome = await this.takeOne(record, isUpdating, held).catch(refusalOf);
        // Perhaps it is the rights that are no longer what they were.
        if (!outcome) held = await rights();
      }
      outcomes.push(outcome);
    }
    return outcomes;
  }

  /** `undefined` when something of it is no longer as it was looked up; then nothing was done. */
  private async takeOne(
    record: UserLine,
    isUpdating: boolean,
    held: HeldRights,
  ): Promise<RecordOutcome | undefined> {
    const found = await this.users.findByEmail(record.email);
    if (found && !isUpdating) return 'skipped';
    const roles = await this.rolesService.named([USER, ...(record.roles ?? []), ...(found?.roles ?? [])]);
    this.refuse(record, found?.roles ?? [USER], roles, held.actor);
    return found ? this.changes.change(found, record, roles, held) : this.create([record], roles, held);
  }

  /** What became of them, but for those that have to be looked at again. */
  private async createAll(records: UserLine[], held: HeldRights): Promise<Map<UserLine, RecordOutcome>> {
    const roles = await this.rolesService.named([
      ...new Set([USER, ...records.flatMap((each) => each.roles ?? [])]),
    ]);
    const outcomes = new Map<UserLine, RecordOutcome>();
    for (const record of records) {
      try {
        this.refuse(record, [USER], roles, held.actor);
      } catch (error) {
        outcomes.set(record, refusalOf(error));
      }
    }
    const good = records.filter((record) => !outcomes.has(record));
    const created = good.length > 0 ? await this.create(good, roles, held) : undefined;
    if (created) for (const record of good) outcomes.set(record, created);
    return outcomes;
  }

  /** `undefined` when something of it, of the roles or of the rights is no longer as it was; then nothing was made. */
  private async create(
    records: UserLine[],
    roles: Role[],
    { actor, guards }: HeldRights,
  ): Promise<'created' | undefined> {
    const used = roles.filter(
      ({ name }) => name !== USER && records.some((each) => each.roles?.includes(name)),
    );
    const statements = [
      ...guards,
      ...used.map((role) => this.rolesService.unchanged(role)),
      ...records.flatMap((record) => this.creating(record, roles, actor)),
    ];
    try {
      await this.accounts.make(statements);
      return 'created';
    } catch (error) {
      const isOutdated = error instanceof UnexpectedCount || isForeignKeyViolation(error);
      if (isOutdated || error instanceof EmailTaken) return undefined;
      throw error;
    }
  }

  private creating(record: UserLine, known: Role[], actor: Actor): Statement[] {
    const { email, name = null, passwordHash = null, status = 'active', verified, locale } = record;
    const draft = this.accounts.draft(email, {
      name,
      passwordHash,
      roles: record.roles,
      emailVerifiedAt: verified ? new Date() : null,
      locale,
    });
    const { id } = draft.user;
    const held = known.filter(({ name }) => draft.roles.includes(name)).flatMap(({ scopes }) => scopes);
    // As when it is disabled by hand: what it had allowed does not come back with it.
    const allowed = status === 'active' ? this.consents.within(record.consents ?? [], held) : [];
    const detail = {
      imported: true,
      roles: draft.roles,
      status,
      ...(allowed.length > 0 && { consents: allowed }),
    };
    return [
      ...draft.statements,
      ...(status === 'active' ? [] : [this.database.update(User, { id }, { status })]),
      ...this.consents.allowing(id, allowed),
      this.audit.event({ action: 'user.created', target: { kind: 'user', id }, detail }, actor),
    ];
  }

  /** @throws UnknownPasswordHash, UnknownRole, InsufficientScope, PrivilegeEscalation */
  private refuse({ passwordHash, roles: to }: UserLine, from: string[], known: Role[], actor: Actor): void {
    if (typeof passwordHash === 'string' && !this.passwords.isUsable(passwordHash))
      throw new UnknownPasswordHash();
    if (!to) return;
    const unknown = to.filter((name) => !known.some((role) => role.name === name));
    if (unknown.length > 0) throw new UnknownRole(unknown);
    if (areSame(from, to)) return;
    if (!holds(actor, ROLES_SCOPE)) throw new InsufficientScope([ROLES_SCOPE]);
    const added = known.filter(({ name }) => to.includes(name) && !from.includes(name));
    refuseEscalation(
      added.flatMap(({ scopes }) => this.rolesService.scopesOf(scopes)),
      actor,
    );
  }
}

/** What is wrong with a record. What is wrong with the server ends the import. */
function refusalOf(error: unknown): Problem {
  if (error instanceof Problem && error.status < 500) return error;
  throw error;
}
