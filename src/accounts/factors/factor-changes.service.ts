import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import { NoticesService, type Notice } from '../../platform/mail/notices.service.js';
import type { User } from '../users/user.entity.js';

/** What a batch does to the factors of a user. */
export interface FactorChange {
  /** As the audit trail calls it. */
  action: string;
  statements: Statement[];
  /** What is meant by a statement that affects no row and does not say so itself. */
  or: () => Error;
  /** What the owner is told. */
  notice?: Notice;
}

/** The one way in which second factors change. */
@Injectable()
export class FactorChangesService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
    private readonly notices: NoticesService,
  ) {}

  /** Holds the user's row first, as every batch that changes what a user can sign in with. */
  async make(user: User, { action, statements, or, notice }: FactorChange, actor: Actor): Promise<void> {
    const { id } = user;
    const hold = { sql: 'UPDATE users SET version = version WHERE id = :id', params: { id }, affects: 1 };
    const event = this.audit.event({ action, target: { kind: 'user', id } }, actor);
    await this.database.atomically([...[hold, ...statements].map((each) => ({ or, ...each })), event]);
    if (notice) await this.notices.tell(notice, user, actor);
  }
}
