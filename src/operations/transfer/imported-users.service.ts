import { applyDecorators, Injectable } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsOptional, IsString } from 'class-validator';
import { InsufficientScope } from '../access/access.errors.js';
import { holds, type Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { isForeignKeyViolation } from '../database/database.errors.js';
import { Database, UnexpectedCount, type Statement } from '../database/database.service.js';
import { MaxCharacters, MayBeAbsent, NameField, NewEmailField } from '../http/fields.js';
import { Problem } from '../http/problem.js';
import type { Role } from '../roles/role.entity.js';
import { UnknownRole } from '../roles/roles.errors.js';
import { areSame, refuseEscalation, RolesService, USER } from '../roles/roles.service.js';
import { ImportedChangesService } from './imported-changes.service.js';
import { PasswordsService } from './passwords.service.js';
import { User, USER_STATUSES, type UserStatus } from './user.entity.js';
import { EmailTaken, UnknownPasswordHash } from './users.errors.js';
import { UsersService } from './users.service.js';

/** What an export says besides. It is not taken over: an account that is made here has an id and times of its own. */
const Told = () =>
  applyDecorators(
    ApiPropertyOptional({ type: String, nullable: true, description: 'What an export says; not taken over' }),
    IsOptional(),
    IsString(),
  );

/** A line of an export of people, and of an import: what is left out is not to change. */
export class UserLine {
  /** Normalised. */
  @NewEmailField()
  email: string;

  @NameField()
  name?: string | null;

  @ApiPropertyOptional({ example: ['user'], description: 'When it is left out: what every account gets' })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsString({ each: true })
  @MaxCharacters(64, { each: true })
  roles?: string[];

  @ApiPropertyOptional({ enum: USER_STATUSES, default: 'active' })
  @MayBeAbsent()
  @IsIn(USER_STATUSES)
  status?: UserStatus;

  @ApiPropertyOptional({ default: false, description: 'Whether the address was proved' })
  @MayBeAbsent()
  @IsBoolean()
  verified?: boolean;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'A PHC string', example: '$2b$10$…' })
  @IsOptional()
  @IsString()
  @MaxCharacters(255)
  passwordHash?: string | null;

  @Told()
  id?: string;

  @Told()
  createdAt?: string;

  @Told()
  lastLoginAt?: string | null;
}

/** Who imports, with what they may do at this moment, and the statements that hold on to that in a batch. */
export interface HeldRights {
  actor: Actor;
  guards: Statement[];
}

/** What became of a record. */
export type RecordOutcome = 'created' | 'updated' | 'skipped' | Problem;

const ROLES_SCOPE = 'roles:assign';

/** Makes and changes the accounts of an import, many at a time, with no more rights than whoever imports has. */
@Injectable()
export class ImportedUsersService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly rolesService: RolesService,
    private readonly changes: ImportedChangesService,
    private readonly passwords: PasswordsService,
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
    // One by one: who was there, who stands in the file twice, and whom somebody else was making at the same time.
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
    const roles = await this.rolesService.named([...(record.roles ?? []), ...(found?.roles ?? [])]);
    this.refuse(record, found?.roles ?? [USER], roles, held.actor);
    return found ? this.changes.change(found, record, roles, held) : this.create([record], roles, held);
  }

  /** What became of them, but for those that have to be looked at again. */
  private async createAll(records: UserLine[], held: HeldRights): Promise<Map<UserLine, RecordOutcome>> {
    const roles = await this.rolesService.named([...new Set(records.flatMap((each) => each.roles ?? []))]);
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
      ...records.flatMap((record) => this.creating(record, actor)),
    ];
    try {
      await this.users.make(statements);
      return 'created';
    } catch (error) {
      const isOutdated = error instanceof UnexpectedCount || isForeignKeyViolation(error);
      if (isOutdated || error instanceof EmailTaken) return undefined;
      throw error;
    }
  }

  private creating(record: UserLine, actor: Actor): Statement[] {
    const { email, name = null, passwordHash = null, status = 'active', verified } = record;
    const draft = this.users.draft(email, name, passwordHash, record.roles, verified ? new Date() : null);
    const { id } = draft.user;
    const detail = { imported: true, roles: draft.roles, status };
    return [
      ...draft.statements,
      ...(status === 'active' ? [] : [this.database.update(User, { id }, { status })]),
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
