import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.service.js';
import { ownedRows } from '../../platform/database/owned-rows.js';
import { Endings } from '../../tokens/revocation/endings.service.js';

/** Reads what a user has, at most `limit` rows with ids above `after`, lowest first. */
export type ReadRows = (userId: string, limit: number, after: string) => Promise<{ id: string }[]>;

/** What features store about people. A room that keeps rows of a user's adds them, and they are part of every export. */
@Injectable()
export class PersonalData {
  private readonly readers = new Map<string, ReadRows>();

  constructor(
    private readonly database: Database,
    private readonly endings: Endings,
  ) {}

  /** To be called once, in `onModuleInit`. @param name what it is called in an export, such as `resources` */
  add(name: string, read: ReadRows): void {
    if (this.readers.has(name)) throw new Error(`there are two kinds of personal data named ${name}`);
    this.readers.set(name, read);
  }

  /** All of it, by name: the tables of `app.endings.ts`, then what was added, in the order of the modules. */
  get all(): readonly (readonly [name: string, read: ReadRows])[] {
    return [...this.ofTables, ...this.readers];
  }

  /** What was added, by name. */
  get added(): ReadonlyMap<string, ReadRows> {
    return this.readers;
  }

  /** What is stored is shown, whether or not its feature is on. */
  private get ofTables(): (readonly [name: string, read: ReadRows])[] {
    return this.endings.rows.flatMap(({ table, exported }) => {
      if (!exported) return [];
      const read: ReadRows = (...page) => ownedRows(this.database, table, exported, ...page);
      return [[exported.as, read] as const];
    });
  }
}
