import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { ImportedUsersService, UserLine, type HeldRights } from '../users/imported-users.service.js';
import { UsersService, type UserWithRoles } from '../users/users.service.js';
import { ExportRunsService } from './export-runs.service.js';
import { formatNamed } from './formats.js';
import { ImportRunsService, type ImportSummary } from './import-runs.service.js';

/** What the flags and parameters call them. */
export type FormatName = 'gatehouse' | 'auth0' | 'firebase';

/** What Firebase's console shows as the hash parameters of a project. */
export interface FirebaseHashing {
  /** In base64, like the separator. */
  signerKey: string;
  saltSeparator: string;
  rounds: number;
  memoryCost: number;
}

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
        linesOf: (page) => page.map((each) => lineOf(each, withSecrets)),
      },
      actor,
    );
  }
}

function lineOf({ user, roles }: UserWithRoles, withSecrets: boolean): UserLine {
  const { id, email, name, status, emailVerifiedAt, passwordHash, createdAt, lastLoginAt } = user;
  return {
    id,
    email,
    name,
    roles,
    status,
    verified: emailVerifiedAt !== null,
    ...(withSecrets && { passwordHash }),
    createdAt: createdAt.toISOString(),
    lastLoginAt: lastLoginAt?.toISOString() ?? null,
  };
}
