import { UserLine, type ConsentLine } from './user-line.dto.js';
import { UserConsentsService } from './user-consents.service.js';
import { type HeldRights, type FormatName, type FirebaseHashing } from './transfer.types.js';
import { type ImportSummary } from './transfer.dto.js';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { ImportedUsersService } from './imported-users.service.js';
import { withoutMark } from '../../accounts/users/passwords.service.js';
import { UsersService, type UserWithRoles } from '../../accounts/users/users.service.js';
import { ExportRunsService } from './export-runs.service.js';
import { formatNamed } from './formats.js';
import { ImportRunsService } from './import-runs.service.js';

/** How an import of users is read, and whether it changes who is there. */
export interface ImportOptions {
  isUpdating?: boolean;
  format?: FormatName;
  hashing?: FirebaseHashing | undefined;
}

/** People in and out: accounts with their roles and password hashes. Service accounts stay, for their keys could not go along. */
@Injectable()
export class UsersTransferService {
  constructor(
    private readonly users: UsersService,
    private readonly importedUsers: ImportedUsersService,
    private readonly imports: ImportRunsService,
    private readonly exports: ExportRunsService,
    private readonly consents: UserConsentsService,
  ) {}

  /** @throws ImportInterrupted */
  import(
    source: AsyncIterable<Uint8Array>,
    { isUpdating = false, format: name = 'gatehouse', hashing }: ImportOptions,
    actor: Actor,
  ): Promise<ImportSummary> {
    const format = formatNamed(name, hashing);
    const take = (records: UserLine[], rights: () => Promise<HeldRights>) =>
      this.importedUsers.take(records, isUpdating, rights);
    const task = { of: 'users', scope: 'users:write', format, line: UserLine, take };
    return this.imports.run(source, task, actor);
  }

  /** How many lines an export has. */
  count(): Promise<number> {
    return this.users.countPeople();
  }

  /** All people, oldest first, a piece of lines at a time. */
  export(withSecrets: boolean, actor: Actor): AsyncGenerator<string> {
    return this.exports.run(
      {
        of: 'users',
        detail: { withSecrets },
        scope: withSecrets ? 'users:export-secrets' : 'users:read',
        read: async (limit, after) => {
          const found = await this.users.people(limit, after);
          return found.map((each) => ({ id: each.user.id, ...each }));
        },
        linesOf: async (page) => {
          const consents = await this.consents.of(page.map(({ id }) => id));
          return page.map((each) => ({ ...lineOf(each, withSecrets), ...consentsIn(consents.get(each.id)) }));
        },
      },
      actor,
    );
  }
}

function consentsIn(consents: ConsentLine[] | undefined): Pick<UserLine, 'consents'> {
  return consents ? { consents } : {};
}

function lineOf({ user, roles }: UserWithRoles, withSecrets: boolean): UserLine {
  const { id, email, name, status, emailVerifiedAt, passwordHash, locale, createdAt, lastLoginAt } = user;
  return {
    id,
    email,
    name,
    roles,
    status,
    verified: emailVerifiedAt !== null,
    ...(withSecrets && { passwordHash: passwordHash && withoutMark(passwordHash) }),
    locale,
    createdAt: createdAt.toISOString(),
    lastLoginAt: lastLoginAt?.toISOString() ?? null,
  };
}
