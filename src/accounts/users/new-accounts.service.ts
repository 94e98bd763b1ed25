import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { isUniqueViolation } from '../../platform/database/database.errors.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { RolesService, USER } from '../roles/roles.service.js';
import { PasswordsService } from './passwords.service.js';
import { User, type UserKind } from './user.entity.js';
import type { CreateUser } from './users.dto.js';
import { EmailTaken } from './users.errors.js';
import type { UserWithRoles } from './users.service.js';

/** A new account, and the statements that make it. */
export interface Draft extends UserWithRoles {
  statements: Statement[];
}

/** What an account begins with next to its address; without a password there is no sign-in with one. */
export interface NewAccount {
  name: string | null;
  passwordHash: string | null;
  /** The role every account gets, when they are left out. */
  roles?: string[] | undefined;
  /** When its address was proved, where that is so. */
  emailVerifiedAt?: Date | null;
  kind?: UserKind;
  /** The language of letters to its owner, where the request says it. */
  locale?: string | null | undefined;
}

/** Makes accounts. */
@Injectable()
export class NewAccountsService {
  constructor(
    private readonly database: Database,
    private readonly rolesService: RolesService,
    private readonly passwords: PasswordsService,
    private readonly audit: AuditService,
  ) {}

  /** A new account, and the statements that make it. */
  draft(email: string, account: NewAccount): Draft {
    const { name, passwordHash, roles = [USER], emailVerifiedAt = null } = account;
    const { kind = 'person', locale = null } = account;
    const now = new Date();
    const user: User = {
      id: uuidv7(),
      email,
      emailVerifiedAt,
      contestedAt: null,
      name,
      passwordHash,
      status: 'active',
      kind,
      version: 0,
      createdAt: now,
      updatedAt: now,
      lastLoginAt: null,
      locale,
    };
    return {
      user,
      roles,
      statements: [this.database.insert(User, user), ...this.rolesService.assigning(user.id, roles)],
    };
  }

  /** Makes an account for another. @throws EmailTaken, WeakPassword, Overloaded */
  async create({ email, password, name = null }: CreateUser, actor: Actor): Promise<UserWithRoles> {
    await this.passwords.refuseWeak(password, { email, name });
    const draft = this.draft(email, { name, passwordHash: await this.passwords.hash(password, actor) });
    const target = { kind: 'user', id: draft.user.id };
    await this.make([...draft.statements, this.audit.event({ action: 'user.created', target }, actor)]);
    return draft;
  }

  /**
   * Makes an account on the operator's word: its address counts as proved.
   * @throws EmailTaken, UnknownRole, Overloaded
   */
  async createVerified(
    { email, password, name = null }: CreateUser,
    roles: string[],
    actor: Actor,
  ): Promise<UserWithRoles> {
    await this.rolesService.refuseAssignment([], roles, actor);
    const passwordHash = await this.passwords.hash(password, actor);
    const draft = this.draft(email, { name, passwordHash, roles, emailVerifiedAt: new Date() });
    const target = { kind: 'user', id: draft.user.id };
    const created = { action: 'user.created', target, detail: { roles } };
    await this.make([...draft.statements, this.audit.event(created, actor)]);
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
}
