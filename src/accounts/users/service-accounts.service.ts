import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { NewAccountsService } from './new-accounts.service.js';
import { UsersService, type UserWithRights, type UserWithRoles } from './users.service.js';

/** Accounts of services: they have no password and cannot sign in. */
@Injectable()
export class ServiceAccountsService {
  constructor(
    private readonly users: UsersService,
    private readonly accounts: NewAccountsService,
    private readonly audit: AuditService,
  ) {}

  /** @throws NotFound for the id of a person too */
  async get(id: string): Promise<UserWithRights> {
    const found = await this.users.get(id);
    if (found.user.kind !== 'service') throw new NotFound('There is no such service account.');
    return found;
  }

  /** Makes one: no password, no roles yet, and an address that no mail reaches (RFC 6761 §6.4). */
  async create(name: string, actor: Actor): Promise<UserWithRoles> {
    const draft = this.accounts.draft(`${uuidv7()}@service.invalid`, {
      name,
      passwordHash: null,
      roles: [],
      kind: 'service',
    });
    const created = {
      action: 'user.created',
      target: { kind: 'user', id: draft.user.id },
      detail: { kind: 'service' },
    };
    await this.accounts.make([...draft.statements, this.audit.event(created, actor)]);
    return draft;
  }
}
